"""Results of a distributed Map in S3: a manifest, and a file for each way that children ended.

Developer Guide, "ResultWriter (Map)".
"""

import json
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval.resource_eval_s3 import (  # noqa: E501
    ResourceEvalS3,
)

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.distributed import failed
from infra.local.stepfunctions.map_runs import UNSUCCESSFUL, Child, MapRun

KINDS = ("SUCCEEDED", "FAILED", "PENDING")


def install(account: Account) -> None:
    """Write the results of a Map's children where its ResultWriter says."""
    # moto writes a manifest that names no files, and takes the last Map Run for the right one.
    replace(account, ResourceEvalS3, "_handle_put_object", staticmethod(write_results))


def write_results(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
    """Write the files and the manifest as the machine's role, and push where the manifest is."""
    place = env.stack.pop()
    env.stack.pop()
    run: MapRun = env.heap["map_run"]
    s3 = ResourceEvalS3._get_s3_client(resource_runtime_part, state_credentials)
    prefix = place.get("Prefix", "").strip("/")
    folder = "/".join(part for part in (prefix, run.map_run_arn.split(":")[-1]) if part)
    bucket = place["Bucket"]
    try:
        files = {kind: _write(s3, bucket, folder, kind, run) for kind in KINDS}
        manifest = {
            "DestinationBucket": bucket,
            "MapRunArn": run.map_run_arn,
            "ResultFiles": files,
        }
        key = f"{folder}/manifest.json"
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
    except Exception as refusal:
        raise failed(env, "States.ResultWriterFailed", str(refusal)) from refusal
    run.results_written = True
    details = {"Bucket": bucket, "Key": key}
    env.stack.append({"MapRunArn": run.map_run_arn, "ResultWriterDetails": details})


def _write(s3: Any, bucket: str, folder: str, kind: str, run: MapRun) -> list[dict[str, Any]]:
    found = [_told(child) for child in run.children if _kind(child) == kind]
    if not found:
        return []
    key = f"{folder}/{kind}_0.json"
    body = json.dumps(found).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    return [{"Key": key, "Size": len(body)}]


def _kind(child: Child) -> str:
    if child.status in UNSUCCESSFUL:
        return "FAILED"
    return child.status if child.status == "SUCCEEDED" else "PENDING"


def _told(child: Child) -> dict[str, Any]:
    told = {
        "ExecutionArn": child.execution_arn,
        "Input": child.execution_input,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StartDate": child.start_date.isoformat(),
        "StateMachineArn": child.state_machine_arn,
        "Status": child.status,
        "StopDate": child.stop_date.isoformat() if child.stop_date else None,
        "Error": child.error,
        "Cause": child.cause,
    }
    if child.status == "SUCCEEDED":
        told |= {"Output": json.dumps(child.output), "OutputDetails": {"Included": True}}
    return {name: value for name, value in told.items() if value is not None}
