"""Checking a restored table: items a second and core, and memory, beside a bare scan loop.

Each figure is of a process of its own that reads canned pages of 1 MB over HTTP with the AWS
SDK, so that it is the work of the reader alone: DynamoDB's own time comes on top of both.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

from bench.pages import Pages

SIZES = (10_000, 100_000, 1_000_000)
SEGMENTS = (1, 2, 4)
REPEATS = 3
GOAL = 1.3

CHILD = """
import json, pathlib, re, sys, time
import boto3
from tasks.integrities import documents, moments
from tasks.integrities.cursors import Cursors
from tasks.integrities.documents import Store
from tasks.integrity import compare_digests, digest_segment

job = json.loads(sys.argv[1])
dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
store, cursors = Store("evidence", s3), Cursors("state", dynamodb)

def plan(name, table):
    return {
        "name": name, "folder": job["folder"] + "/" + name, "table": table,
        "target": {"region": "", "role_arn": ""}, "keys": ["customer", "placed"],
        "segments": job["segments"], "cut_off": "2026-11-02T02:00:00Z", "slack_seconds": 60,
        "changed_attribute": "changed_at", "changed_format": "iso", "ttl_attribute": "",
        "consistent": True, "exact": True,
    }

def scan():
    more, count = {}, 0
    while True:
        page = dynamodb.scan(
            TableName=f"source-{job['items']}", Segment=job["segment"],
            TotalSegments=job["segments"], **more,
        )
        for item in page["Items"]:
            count += 1
        if "LastEvaluatedKey" not in page:
            return count
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

def digest():
    planned = plan(job["name"], f"{job['name']}-{job['items']}")
    segment = digest_segment.Segment(planned, job["segment"], store, cursors)
    return segment.read(dynamodb, 0, lambda: True)["items"]

def compare():
    request = {
        "component": {"config": {}}, "purpose": "restore", "expected_keys": [], "again": {},
        "reference": plan("source", ""), "copy": plan("copy", ""),
        "now": "2026-11-02T04:00:00Z",
    }
    found = compare_digests.compare(request, store)["different"]
    return sum(kind["count"] for kind in found.values())

def megabytes():
    # Not ru_maxrss, which begins with what the parent had.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024

began, cpu = time.perf_counter(), time.process_time()
answer = {"scan": scan, "digest": digest, "compare": compare}[job["kind"]]()
print(json.dumps({
    "answer": answer,
    "seconds": time.perf_counter() - began,
    "cpu": time.process_time() - cpu,
    "megabytes": megabytes(),
}))
"""


def main() -> None:
    """Print the figures."""
    pages = Pages()
    print("Checking a table: the work of one core, with the AWS SDK, over canned pages of 1 MB")
    print(f"{'items':>10} {'scan items/s':>13} {'check items/s':>14} {'ratio':>6} ", end="")
    print(f"{'scan MB':>8} {'check MB':>9} {'compare s':>10} {'MB':>5}  one changed item")
    for items in SIZES:
        _row(items, pages)
    print(f"\nSegments of {SIZES[1]:,} items, a process each, on {os.cpu_count()} cores")
    for segments in SEGMENTS:
        pages.objects.clear()
        began = time.perf_counter()
        jobs = [
            _start(_job("digest", SIZES[1], pages, segments=segments, segment=number))
            for number in range(segments)
        ]
        found = [_end(job) for job in jobs]
        whole = time.perf_counter() - began
        work = sum(one["cpu"] for one in found)
        print(f"{segments:>10} segments: {whole:6.2f} s, of all cores {work:6.2f} s of work")
    pages.shutdown()


def _row(items: int, pages: Pages) -> None:
    scans, checks = [], []
    for _ in range(REPEATS if items < SIZES[-1] else 1):
        pages.objects.clear()
        scans.append(_end(_start(_job("scan", items, pages))))
        checks.append(_end(_start(_job("digest", items, pages))))
    _end(_start(_job("digest", items, pages, name="copy")))
    compared = _end(_start(_job("compare", items, pages)))
    bare, checked = (min(runs, key=lambda run: run["cpu"]) for runs in (scans, checks))
    ratio = checked["cpu"] / bare["cpu"]
    print(
        f"{items:>10,} {items / bare['cpu']:>13,.0f} {items / checked['cpu']:>14,.0f} "
        f"{ratio:>5.2f}{' ' if ratio <= GOAL else '!'} "
        f"{bare['megabytes']:>8.0f} {checked['megabytes']:>9.0f} "
        f"{compared['seconds']:>10.2f} {compared['megabytes']:>5.0f}  "
        f"{'found' if compared['answer'] == 1 else 'NOT FOUND'}",
        flush=True,
    )


def _job(kind: str, items: int, pages: Pages, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "items": items,
        "url": pages.url,
        "folder": "drills/bench/items",
        "name": "source",
        "segment": 0,
        "segments": 1,
        **more,
    }


def _start(job: dict[str, Any]) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": job["url"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(job)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _end(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = process.communicate()
    if process.returncode:
        sys.exit(f"a reader ended with {process.returncode}")
    return dict(json.loads(out))


if __name__ == "__main__":
    main()
