"""What a drill wrote down: its record, its plan, and its evidence, compared with their digests."""

import hashlib
import json
from typing import Any

from tasks import store
from workflows.cli.errors import FAILED, CommandError
from workflows.cli.session import Session

Record = dict[str, Any]
Document = dict[str, Any]


def name_of(drill: str) -> str:
    """Give a drill's id, which is the name of its execution, out of the id or the ARN."""
    return drill.rpartition(":")[2]


def found(drill: str, session: Session) -> Record:
    """Read a drill's record, {} where it was not opened, as while it waits for approval."""
    record = session.state.get(store.drill(name_of(drill))) or {}
    return record if "opened_at" in record else {}


def recorded(drill: str, session: Session) -> Record:
    """Read a drill's record; raises CommandError where no drill of that id was opened."""
    record = found(drill, session)
    if not record:
        raise CommandError(
            f"There is no drill {name_of(drill)}, or nothing of it has begun. `daytwo drill list` "
            "lists them; `daytwo drill watch` says what became of one that was refused."
        )
    return record


def evidence_of(record: Record, session: Session) -> Document:
    """Read a drill's evidence; raises CommandError where it is not what was recorded."""
    evidence: Document = json.loads(
        _read(
            record["evidence_key"],
            record["evidence_digest"],
            f"The version that was written is {record.get('evidence_version', 'unknown')}.",
            session,
        )
    )
    return evidence


def plan_of(drill: str, record: Record, session: Session) -> tuple[Document, str]:
    """Read a drill's plan, with the digest that it has and that is approved.

    Raises CommandError where there is none, or not the one that was recorded.
    """
    name = name_of(drill)
    body = _body(f"drills/{name}/plan.json", session)
    if body is None:
        raise CommandError(
            f"There is no drill {name}, or it was refused before there was a plan. `daytwo drill "
            f"list` lists the drills, `daytwo drill watch {name}` says why."
        )
    digest = hashlib.sha256(body).hexdigest()
    if record and record["digest"] != digest:
        raise CommandError(_altered(f"drills/{name}/plan.json", digest, record["digest"]), FAILED)
    return json.loads(body), digest


def report_of(record: Record, session: Session) -> bytes:
    """Read a drill's report, a page that needs nothing else; raises CommandError without one."""
    body = _body(record["report_key"], session)
    if body is None:
        raise CommandError(f"The report {record['report_key']} is gone.", FAILED)
    return body


def _read(key: str, digest: str, advice: str, session: Session) -> bytes:
    body = _body(key, session)
    if body is None:
        raise CommandError(f"The evidence {key} is gone. {advice}", FAILED)
    actual = hashlib.sha256(body).hexdigest()
    if actual != digest:
        raise CommandError(f"{_altered(key, actual, digest)} {advice}", FAILED)
    return body


def _altered(key: str, actual: str, digest: str) -> str:
    return f"{key} was altered: its SHA-256 is {actual}, recorded when it was written is {digest}."


def _body(key: str, session: Session) -> bytes | None:
    from botocore.exceptions import ClientError

    bucket = session.output("EvidenceBucketName")
    try:
        reply = session.client("s3").get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None
    body: bytes = reply["Body"].read()
    return body
