"""The processes of functions end with the account that started them, however it ends."""

import io
import json
import os
import signal
import time
import zipfile

import pytest

from infra.local import control, state
from infra.local.server import Options

CODE = "import os\ndef handler(event, context):\n    return os.getpid()\n"
TRUST = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"},
}
PATIENCE_SECONDS = 20


def warm_process(account):
    """Invoke a function once, and give the pid of the process that waits for the next call."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = account.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", CODE)
    functions = account.client("lambda")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Handler="main.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": archive.getvalue()},
    )
    return int(functions.invoke(FunctionName="f")["Payload"].read())


def runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_function_outlives_the_account(tmp_path, number):
    account = control.start(Options(tmp_path, port=0, bootstrap=False), lambda line: None)
    pid = warm_process(account)
    assert runs(pid)
    os.kill(account.pid, number)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (state.holder(tmp_path) or runs(pid)) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert state.holder(tmp_path) is None
    assert not runs(pid)
