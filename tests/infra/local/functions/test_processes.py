"""How processes begin and end with their account."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ACCOUNT = """
import json, sys, threading
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import TRUST, zipped
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from infra.local import functions, listener
from infra.local.account import Account
from infra.local.functions.invoker import Request

bound = listener.bind(0)
account = Account(port=bound.getsockname()[1], workdir=Path({workdir!r}))
invoker = functions.install(account)
server = listener.make_listener(bound, DomainDispatcherApplication(create_backend_app))
threading.Thread(target=server.serve_forever, daemon=True).start()
role = account.client("iam").create_role(
    RoleName="functions", AssumeRolePolicyDocument=json.dumps(TRUST)
)["Role"]["Arn"]
account.client("lambda").create_function(
    FunctionName="f", Runtime="python3.12", Handler="app.handler", Role=role, Timeout=60,
    Code={{"ZipFile": zipped(app={source!r})}},
)
idle = int(invoker.invoke(Request("f", b"0")).payload)
pids = Path({workdir!r}) / "busy"
busy = Request("f", json.dumps(str(pids)).encode())
threading.Thread(target=invoker.invoke, args=(busy,)).start()
while not (pids.exists() and pids.read_text()):
    threading.Event().wait(0.01)
print(json.dumps([idle, int(pids.read_text())]), flush=True)
if sys.stdin.readline().strip() == "stop":
    account.stop()
    print("stopped", flush=True)
threading.Event().wait()
"""
SOURCE = """
import os, pathlib, signal, time
def handler(event, context):
    if event:
        pathlib.Path(event).write_text(str(os.getpid()))
        time.sleep(60)
    return os.getpid()
"""


@pytest.fixture
def account(tmp_path):
    """An account in a process of its own, with an idle and a busy function process."""
    script = ACCOUNT.format(
        tests=str(Path(__file__).parent),
        workdir=str(tmp_path / "work"),
        source=textwrap.dedent(SOURCE),
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd(),
    )
    yield child
    child.kill()
    child.communicate()


def test_a_stopped_account_leaves_no_process_and_no_file(account, cloud, tmp_path):
    pids = json.loads(account.stdout.readline())

    account.stdin.write("stop\n")
    account.stdin.flush()

    assert account.stdout.readline() == "stopped\n"
    assert all(cloud.gone(pid) for pid in pids)
    assert list((tmp_path / "work" / "functions").rglob("*.py")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_account_leaves_no_process(account, cloud):
    pids = json.loads(account.stdout.readline())

    account.send_signal(signal.SIGKILL)
    account.wait()

    assert all(cloud.gone(pid) for pid in pids)


def test_code_is_unpacked_once(cloud):
    cloud.create("first", "def handler(event, context): return __file__")
    cloud.create("second", "")
    code = cloud.zipped(app="def handler(event, context): return __file__")
    for name in ("first", "second"):
        cloud.client("lambda").update_function_code(FunctionName=name, ZipFile=code)

    assert cloud.invoke("first")[0] == cloud.invoke("second")[0]


def test_idle_processes_are_bounded(cloud, monkeypatch):
    from infra.local.functions import pool

    monkeypatch.setattr(pool, "MOST_IDLE", 1)
    cloud.create("older", "import os\ndef handler(event, context): return os.getpid()")
    cloud.create("newer", "import os\ndef handler(event, context): return os.getpid()")

    older, _ = cloud.invoke("older")
    newer, _ = cloud.invoke("newer")

    assert cloud.gone(older)
    assert cloud.invoke("newer")[0] == newer


def test_a_process_is_replaced_before_its_credentials_expire(cloud, monkeypatch):
    from infra.local.functions import pool

    cloud.create("ageing", "import os\ndef handler(event, context): return os.getpid()")
    old, _ = cloud.invoke("ageing")

    monkeypatch.setattr(pool, "LONGEST_LIFE", 0)

    assert cloud.invoke("ageing")[0] != old
    assert cloud.gone(old)
