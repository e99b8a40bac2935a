"""How processes begin and end with their account."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ACCOUNT = """
import json, sys, threading
from pathlib import Path
sys.path[:0] = {paths!r}
import embedded
from conftest import TRUST, Cloud
from infra.local import functions

with embedded.running(Path({workdir!r}), functions) as account:
    role = account.client("iam").create_role(
        RoleName="functions", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    cloud = Cloud(account, role["Role"]["Arn"])
    cloud.create("f", {source!r}, Timeout=60)
    pids = Path({workdir!r}) / "busy"
    idle, _ = cloud.invoke("f")
    busy = threading.Thread(target=cloud.invoke, args=("f", str(pids)), daemon=True)
    busy.start()
    while not (pids.exists() and pids.read_text()):
        threading.Event().wait(0.01)
    print(json.dumps([idle, int(pids.read_text())]), flush=True)
    sys.stdin.readline()
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

# Each comes in, and goes when three are there.
MEETING = """
import pathlib, time, uuid
def handler(event, context):
    room = pathlib.Path(event)
    (room / uuid.uuid4().hex).touch()
    while len(list(room.iterdir())) < 3:
        time.sleep(0.01)
    return len(list(room.iterdir()))
"""


@pytest.fixture
def account(tmp_path):
    """An account in a process of its own, with an idle and a busy function process."""
    script = ACCOUNT.format(
        paths=[str(HERE), str(HERE.parents[2] / "support"), str(HERE.parents[3])],
        workdir=str(tmp_path / "work"),
        source=SOURCE,
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
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


def test_a_crowd_of_invocations_waits_for_a_few_processes(cloud, monkeypatch):
    from infra.local.functions import pool

    monkeypatch.setattr(pool, "ENOUGH_BUSY", 2)
    monkeypatch.setattr(pool, "PATIENCE_SECONDS", 20)
    cloud.create("crowded", "import os\ndef handler(event, context): return os.getpid()")

    with ThreadPoolExecutor(20) as callers:
        pids = set(callers.map(lambda _: cloud.invoke("crowded")[0], range(40)))

    assert 1 <= len(pids) <= 2


def test_invocations_that_wait_for_each_other_get_processes_of_their_own(
    cloud, monkeypatch, tmp_path
):
    from infra.local.functions import pool

    monkeypatch.setattr(pool, "ENOUGH_BUSY", 1)
    monkeypatch.setattr(pool, "PATIENCE_SECONDS", 0.1)
    cloud.create("meeting", MEETING, Timeout=20)

    with ThreadPoolExecutor(3) as callers:
        met = list(callers.map(lambda _: cloud.invoke("meeting", str(tmp_path))[0], range(3)))

    assert met == [3, 3, 3]
