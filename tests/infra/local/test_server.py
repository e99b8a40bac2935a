"""An embedded account as a process: it starts, serves loopback only, and leaves nothing."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local import control, listener, state
from infra.local.control import NotStarted, running
from infra.local.server import Options

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def account():
    lines = []
    with running(clock=30, bootstrap=False, relay=lines.append) as account:
        assert lines[-1] == f"ready {account.endpoint}"
        yield account


def aws(account, *arguments, profile="admin"):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(account.workdir),
        "AWS_SHARED_CREDENTIALS_FILE": str(account.workdir / "credentials"),
        "AWS_PROFILE": profile,
        "AWS_DEFAULT_REGION": account.region,
    }
    return subprocess.run(
        [AWS, "--endpoint-url", account.endpoint, "--output", "text", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_says_where_it_is_and_with_which_keys(account):
    found = state.read(account.workdir)
    assert found.endpoint == f"http://127.0.0.1:{found.port}"
    assert (found.clock, found.region, found.account) == (30.0, "us-east-1", "123456789012")
    assert found.ready
    credentials = account.workdir / "credentials"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    users = {name: account.client("sts", name).get_caller_identity()["Arn"].rpartition("/")[2]
             for name in ("default", "admin", "alice", "bob")}  # fmt: skip
    assert users == {"default": "admin", "admin": "admin", "alice": "alice", "bob": "bob"}


def test_it_listens_on_loopback_only(account):
    port = int(account.endpoint.rpartition(":")[2])
    with pytest.raises(OSError, match=r"refused|assign|unreachable"):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_connection_serves_one_request_after_the_other(account):
    import http.client

    connection = http.client.HTTPConnection(account.endpoint.removeprefix("http://"))
    for _ in range(3):
        connection.request("POST", "/", body="Action=GetCallerIdentity", headers={
            "Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
        opened = connection.sock
        answer = connection.getresponse()
        assert answer.status == 403
        assert b"MissingAuthenticationToken" in answer.read()
        assert connection.sock is opened
    connection.close()


def test_motos_own_interface_is_closed(account):
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{account.endpoint}/moto-api/reset", data=b"", timeout=10)
    assert refused.value.code == 403


def test_the_aws_cli_works_against_it(account):
    assert aws(account, "sts", "get-caller-identity", "--query", "Arn").stdout.endswith(
        ":user/admin\n"
    )
    listed = aws(account, "stepfunctions", "list-state-machines")
    assert (listed.returncode, listed.stderr) == (0, "")
    made = aws(account, "s3", "mb", "s3://from-the-cli")
    assert made.returncode == 0, made.stderr


def test_bob_may_read_and_not_start(account):
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:daytwo-promotion"
    refused = aws(
        account, "stepfunctions", "start-execution", "--state-machine-arn", arn, profile="bob"
    )
    assert "AccessDeniedException" in refused.stderr
    assert "states:StartExecution" in refused.stderr


def test_a_second_account_in_the_same_directory_is_refused(account):
    refusal = r"runs already in .* \(pid \d+\); end it with `daytwo local down`"
    with pytest.raises(NotStarted, match=refusal):
        control.start(Options(account.workdir, port=0, bootstrap=False), lambda line: None)
    assert account.client("sts").get_caller_identity()


def test_a_port_in_use_is_told(account, tmp_path):
    port = int(account.endpoint.rpartition(":")[2])
    with pytest.raises(NotStarted, match=rf"port {port} .* choose another with --port"):
        control.start(Options(tmp_path, port=port, bootstrap=False), lambda line: None)
    assert state.holder(tmp_path) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_no_file_that_says_it_runs(tmp_path, number):
    account = control.start(Options(tmp_path, port=0, bootstrap=False), lambda line: None)
    os.kill(account.pid, number)
    while state.holder(tmp_path):
        time.sleep(0.01)
    assert state.read(tmp_path) is None
    assert not (tmp_path / "account.json").exists()
    assert not (tmp_path / "credentials").exists()
    port = int(account.endpoint.rpartition(":")[2])
    listener.bind(port).close()


def test_files_of_a_dead_process_fool_nobody(tmp_path):
    account = control.start(Options(tmp_path, port=0, bootstrap=False), lambda line: None)
    os.kill(account.pid, signal.SIGKILL)
    while state.holder(tmp_path):
        time.sleep(0.01)
    assert (tmp_path / "account.json").exists()
    assert state.read(tmp_path) is None
    with pytest.raises(NotStarted, match="no embedded account runs"):
        control.attach(tmp_path)
    assert control.stop(tmp_path) is False
    with running(workdir=tmp_path, bootstrap=False) as again:
        assert again.client("sts").get_caller_identity()


def test_a_bootstrap_that_fails_leaves_nothing_running(tmp_path):
    broken = (
        "import infra.local.bootstrap as b\n"
        "def fail(account, say, only):\n"
        "    raise RuntimeError('the stack feedback-dev failed: no such role')\n"
        "b.bootstrap = fail\n"
        "from infra.local.__main__ import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", broken, "--workdir", tmp_path, "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "could not be set up: the stack feedback-dev failed: no such role" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert state.holder(tmp_path) is None
    assert not (tmp_path / "account.json").exists()
