"""EC2 operations from 50 to 10,000 instances: API calls, states, seconds and virtual seconds.

Real tasks run on the real interpreter in this process, against the embedded account's EC2.
Its clock moves only while everybody waits, so that virtual seconds are waiting alone.
"""

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import time
from typing import Any, NamedTuple

from infra.discovery import ROOT
from infra.local import control

sys.path.insert(0, str(ROOT / "tests" / "support"))

SIZES = (50, 500, 2000, 10_000)
DEV = {"Environment": "dev"}
BY_TAG = {"tags": {"Environment": ["dev"]}}
ALL = {"max_instances": 10_000}
# What others need for a tag-selected start, measured on an emulated account.
PEERS = {
    "Instance Scheduler 3.2.8": {50: 68, 500: 630, 2000: 2505},
    "Cloud Custodian, no audit": {50: 6, 500: 51, 2000: 201},
    "floor, with an audit record each": {50: 6, 500: 24, 2000: 86},
}
PEER_SECONDS = {1500: "306 s, and nothing recorded", 2000: "559 to 588 s"}
BAD_IDS = (0, 1, 10, 50)
PEER_BAD_IDS = {1: 17, 10: 127, 50: 423}
MEMORY_SIZES = (100, 1000, 10_000)
WEIGHED = """
import json, sys, uuid
from schemas.validation import check
step, document = sys.argv[1], json.loads(sys.argv[2])
if step == "plan":
    name = f"weigh-{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-operation:{name}"
    execution = {"id": arn, "name": name, "started_at": "2026-01-01T00:00:00.000Z"}
    request = check(
        {
            "action": "start",
            "targets": {"tags": {"Environment": ["dev"]}},
            "limits": {"max_instances": 10000},
            "requested_by": "bench",
        },
        "workflows/ec2_operation",
    )
    from tasks.ec2.plan_operation import handler
    document = {"request": request, "execution": execution}
    document["plan"] = handler(document, None)
elif step == "claim":
    from tasks.ec2.claim_instances import handler
    handler(document, None)
else:
    from tasks.ec2.report_operation import handler
    from tasks.ec2.release_claim import handler as release
    asked, plan = document["request"], document["plan"]
    operation = {
        "id": plan["operation"],
        "action": plan["action"],
        "execution": document["execution"],
        "requested_by": asked["requested_by"],
        "reason": asked["reason"],
    }
    handler({"operation": operation, "plan": plan}, None)
    release({"operation": plan["operation"], "keep": [], "status": "succeeded"}, None)
# Not getrusage, which counts what the process was before it became this one.
status = open("/proc/self/status").read()
peak = int(status.split("VmHWM:")[1].split()[0])
print(json.dumps({"document": document, "peak_kb": peak}))
"""


class Run(NamedTuple):
    """What one operation took."""

    calls: int
    states: int
    seconds: float
    virtual: float
    recorded: int
    starts: int


def main() -> None:
    """Print calls and seconds by size, under throttling, with bad ids, of a tick; and memory."""
    logging.disable(logging.CRITICAL)
    _sizes()
    _throttled()
    _bad_ids()
    _idle_tick()
    _memory()


def _sizes() -> None:
    print("# Start and stop by tag, one audit record each, all verified")
    print("instances  action  API calls  states  seconds  recorded  peers' API calls")
    for size in SIZES:
        for action in ("start", "stop"):
            run = _operate(action, size)
            peers = ", ".join(
                f"{name} {calls[size]:,}" for name, calls in PEERS.items() if size in calls
            )
            print(
                f"{size:9,}  {action:6}  {run.calls:9,}  {run.states:6,}  {run.seconds:7.1f}  "
                f"{run.recorded:8,}  {peers if action == 'start' else ''}"
            )


def _throttled() -> None:
    print("# Start under EC2's documented buckets (virtual seconds)")
    print("instances  virtual s  paced floor s  over the floor  recorded  Instance Scheduler")
    for size in (1500, 2000, 10_000):
        run = _operate("start", size, throttling=True)
        floor = (size - 1000) / 2  # the bucket of instances: 1000 at once, then 2 a second
        print(
            f"{size:9,}  {run.virtual:9.0f}  {floor:13.0f}  {run.virtual / floor - 1:14.1%}  "
            f"{run.recorded:8,}  {PEER_SECONDS.get(size, '')}"
        )


def _bad_ids() -> None:
    print("# StartInstances calls for 500 ids, K of them gone by the time of the call")
    print("K   calls  calls without bad ids + K  Instance Scheduler")
    without = 0
    for bad in BAD_IDS:
        starts = _operate("start", 500, gone=bad).starts
        without = without or starts
        print(f"{bad:2}  {starts:5}  {without + bad:25}  {PEER_BAD_IDS.get(bad, '')}")


def _operate(action: str, size: int, throttling: bool = False, gone: int = 0) -> Run:
    from fleets import make_fleet
    from house import house

    state = "stopped" if action == "start" else "running"
    with house() as home, contextlib.redirect_stdout(io.StringIO()):
        ids = make_fleet(home.ec2, size, DEV, state=state)
        home.weather.set(throttling=throttling)
        claim = home.tasks()["ec2_claim_instances"]

        def lose_some(document: Any) -> Any:
            home.ec2.terminate_instances(InstanceIds=ids[:gone])
            return claim(document)

        home.api_calls.clear()
        began, virtual = time.perf_counter(), home.clock.elapsed
        result = home.operate(
            action,
            BY_TAG,
            limits=ALL,
            timeout=1800,
            tasks={"ec2_claim_instances": lose_some} if gone else {},
        )
        took, virtual = time.perf_counter() - began, home.clock.elapsed - virtual
        totals = home.report("operation-1")["totals"]
        told = sum(name.split(".")[0] in ("sns", "events") for name in _names(result))
        return Run(
            calls=sum(home.api_calls.values()) + told,
            states=len(result.states),
            seconds=took,
            virtual=virtual,
            recorded=sum(totals[name] for name in ("succeeded", "failed", "not_touched")),
            starts=home.api_calls["ec2:StartInstances"],
        )


def _names(result: Any) -> list[str]:
    return [call.name for call in result.calls]


def _idle_tick() -> None:
    from interpreter import run

    from workflows import ec2_schedule

    item = {"Item": {"due_at": {"S": "9999-01-01T00:00Z"}}}
    result = run(
        ec2_schedule.definition(), {"tick": True}, services={"dynamodb.get_item": lambda _: item}
    )
    print("# A tick of the schedules with nothing to do")
    print(f"{len(result.calls)} API call, no function, {len(result.states)} states")


def _memory() -> None:
    """Print the most memory that planning, claiming and reporting take, each in its own process."""
    print("# Peak memory of functions, MB of the process (goal: flat)")
    print("instances  plan  claim  report")
    with control.running(systems=()) as account:
        made = 0
        for size in MEMORY_SIZES:
            made += _add_stopped(account, size - made)
            used = _measured(account)
            print(f"{size:9,}  {used['plan']:4.0f}  {used['claim']:5.0f}  {used['report']:6.0f}")


def _add_stopped(account: control.LocalAccount, count: int) -> int:
    from fleets import make_fleet

    return len(make_fleet(account.client("ec2"), count, DEV, state="stopped"))


def _measured(account: control.LocalAccount) -> dict[str, float]:
    """Run the three functions one after the other, as roles' processes would, and weigh each."""
    outputs = account.client("cloudformation").describe_stacks(StackName="daytwo")["Stacks"][0]
    names = {one["OutputKey"]: one["OutputValue"] for one in outputs["Outputs"]}
    keys = account.keys()
    environment = {
        **os.environ,
        **{name.upper(): value for name, value in keys.items()},
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_DEFAULT_REGION": account.region,
        "STATE_TABLE": names["StateTableName"],
        "AUDIT_TABLE": names["AuditTableName"],
        "EVIDENCE_BUCKET": names["EvidenceBucketName"],
        "PYTHONPATH": str(ROOT),
    }
    document: dict[str, Any] = {"size": 0}
    used = {}
    for step in ("plan", "claim", "report"):
        ran = subprocess.run(
            [sys.executable, "-c", WEIGHED, step, json.dumps(document)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(ran.stdout.splitlines()[-1])
        document, used[step] = answer["document"], answer["peak_kb"] / 1024
    return used
