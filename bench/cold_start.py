"""Start of a function's process to its answer, beside a handler that imports plainly.

Both run under AWS's runtime client on the same interpreter, layer and machine. The plain
handler imports boto3, jsonschema and aws_xray_sdk at its top, as the tutorials do. Both
check an empty input by its schema, so neither needs an account.
"""

import statistics
import tempfile
import time
import zipfile
from pathlib import Path

from infra import build, discovery
from infra.local.functions.code import CodeStore
from infra.local.functions.process import Launch, Process
from infra.local.functions.runtime_api import Invocation

ROUNDS = 5
WARM_CALLS = 20
PLAIN = """
import json
import boto3
import jsonschema
from aws_xray_sdk.core import xray_recorder

SCHEMA = {"type": "object", "required": ["system"], "properties": {"system": {"type": "string"}}}

def handler(event, context):
    jsonschema.validate(event, SCHEMA)
    return {}
"""
PLAIN_CLIENT = (
    PLAIN
    + """
dynamodb = boto3.client("dynamodb")
"""
)
OUR_CLIENT = """
from schemas.validation import check
from tasks.runtime import client

def handler(event, context):
    client("dynamodb")
    return check(event, "tasks/locks/release_lock", "input")
"""


def main() -> None:
    """Print the sizes and the starting times."""
    packages = build.build(arch="local", out=discovery.ROOT / "build" / "bench")
    print("# Cold start (start of the process to its answer, milliseconds, median)")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        folders = _unpack(place, packages)
        plain = _row(place, "plain.handler", folders)
        ratios = [_row(place, task.handler, folders, plain) for task in discovery.tasks()]
        print(f"worst ratio {max(ratios):.2f}, median {statistics.median(ratios):.2f} (goal: 0.60)")
        print("# The same with a DynamoDB client made")
        _row(place, "our_client.handler", folders, _row(place, "plain_client.handler", folders))


def _row(place: Path, handler: str, folders: list[Path], beside: float = 0.0) -> float:
    """Print one handler's line; give its cold start, or its ratio to the one beside it."""
    cold, warm = _measure(place, handler, folders)
    name = handler.removeprefix("tasks.").removesuffix(".handler")
    ratio = f"  ratio {cold / beside:.2f}" if beside else ""
    print(f"{name:36} cold {cold:6.0f}  warm {warm:6.2f}{ratio}")
    return cold / beside if beside else cold


def _measure(place: Path, handler: str, folders: list[Path]) -> tuple[float, float]:
    colds, warms = [], []
    for number in range(ROUNDS):
        started = time.perf_counter()
        process = Process(_launch(place / f"{handler}-{number}", handler, folders), lambda _: None)
        _invoke(process)
        colds.append((time.perf_counter() - started) * 1000)
        for _ in range(WARM_CALLS):
            started = time.perf_counter()
            _invoke(process)
            warms.append((time.perf_counter() - started) * 1000)
        process.end()
    return statistics.median(colds), statistics.median(warms)


def _invoke(process: Process) -> None:
    answer = process.invoke(Invocation("bench", b"{}", "arn", "Root=1-0-0;Sampled=0", 30))
    if answer.kind not in ("error", "response"):
        raise RuntimeError(f"the handler did not answer: {answer}")


def _launch(scratch: Path, handler: str, folders: list[Path]) -> Launch:
    environment = {
        "PYTHONPATH": ":".join(map(str, folders)),
        "LAMBDA_TASK_ROOT": str(folders[0]),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PATH": "/usr/bin:/bin",
    }
    return Launch(handler, environment, folders[0], scratch, memory=512)


def _unpack(place: Path, packages: build.Built) -> list[Path]:
    code, layer = place / "code", place / "layer"
    archives = [(path, code) for path in packages.functions.values()]
    for archive, folder in (*archives, (packages.layer, layer)):
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder)
        print(f"{Path(archive).name:36} {Path(archive).stat().st_size / 1024:8.1f} KiB")
    sources = {"plain": PLAIN, "plain_client": PLAIN_CLIENT, "our_client": OUR_CLIENT}
    for name, source in sources.items():
        (code / f"{name}.py").write_text(source)
    return [code, layer / "python", CodeStore(place / "store").runtime()]
