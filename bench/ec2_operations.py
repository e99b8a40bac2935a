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
from tasks import batching

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
        floor = batching.floor_seconds("start", size)
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
