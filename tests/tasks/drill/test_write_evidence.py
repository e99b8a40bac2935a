"""write_evidence: all that an auditor asks, with a digest, where nothing is written over."""

import hashlib
import json

import boto3
import pytest
from drill_documents import (
    ID,
    NOW,
    PLANNED_AT,
    TIMES,
    bad,
    component,
    drill,
    good,
    planned,
    put_plan,
    record_of,
)

from tasks.drill import judge_drill, record_outcome, write_evidence
from tasks.drills import ledger
from tasks.drills.vaults import Vault
from tasks.errors import EvidenceNotWritten, Throttled

LATER = "2026-11-02T05:00:00Z"
SCRIPT = "<script>alert('x')</script> & more"
REQUESTED = {"reason": SCRIPT, "simulation": ""}
PLAN = {
    "measure": "restore_time",
    "request": REQUESTED,
    "accounts": {
        end: {"account": "123456789012", "region": "us-east-1"} for end in ("source", "target")
    },
    "success_criteria": ["Every component is restored"],
    "left_out": ["orders"],
    "approval": {"required": True, "roles": ["release-manager"], "expires_seconds": 60},
}
APPROVAL = {"status": "approved", "decided_by": "arn:aws:iam::123456789012:user/bob"}


@pytest.fixture
def finished(s3, evidence_bucket, state_table, dynamodb):
    """A drill that is judged; gives what the evidence is made of."""

    def finished(check=None):
        one = planned(skipped={"sample reads": "too big"}, size_bytes=1000)
        plan = put_plan(s3, evidence_bucket, one, **PLAN)
        row = {"component": "items", "target": {}, "now": PLANNED_AT, "table": state_table}
        made = ledger.plan(ID, "table", "drill-1f0c2a9b-items", **row, dynamodb=dynamodb)
        proof = "DescribeTable: ResourceNotFoundException"
        ledger.strike_out(
            made, proof, now="2026-11-02T03:30:01Z", table=state_table, dynamodb=dynamodb
        )
        difference = {
            "setting": "time to live",
            "expected": "on expires_at",
            "observed": "off",
            "outcome": "reapplied",
        }
        record_outcome.handler(
            {
                "component": component(),
                "drill": drill(),
                "times": TIMES,
                "settings": {"differences": [difference]},
                "checked": {"t": {"checks": [check or good()]}},
                "now": NOW,
            },
            None,
        )
        judgement = judge_drill.handler({"plan": plan, "now": NOW}, None)
        return {"plan": plan, "judgement": judgement, "approval": APPROVAL, "now": NOW}

    return finished


@pytest.fixture
def read(s3, evidence_bucket):
    return lambda key: s3.get_object(Bucket=evidence_bucket, Key=key)["Body"].read()


def test_the_evidence_is_written_with_its_digest_and_found_again(
    finished, read, state_table, dynamodb
):
    written = write_evidence.handler(finished(), None)
    content = read(written["key"])
    assert written["key"] == "drills/monthly-1/evidence.json"
    assert hashlib.sha256(content).hexdigest() == written["digest"]
    assert read(f"{written['key']}.sha256") == f"{written['digest']}  evidence.json\n".encode()
    record = record_of(ID, state_table, dynamodb)
    assert (record["evidence_key"], record["evidence_digest"]) == (
        written["key"],
        written["digest"],
    )


def test_it_holds_what_an_auditor_asks_for(finished, read):
    written = write_evidence.handler(finished(), None)
    evidence = json.loads(read(written["key"]))
    assert evidence["verdict"] == "PASS"
    assert evidence["results"] == {
        "measure": "restore_time",
        "target_seconds": 7200,
        "actual_seconds": 1800,
        "target_rpo_seconds": 3600,
        "actual_rpo_seconds": 301,
        "clean": True,
        "kept_until": "",
    }
    assert evidence["approval"]["decided_by"].endswith("user/bob")
    assert evidence["plan"]["components"][0]["recovery_point"]["at"] == "2026-11-02T02:55:00Z"
    assert evidence["components"][0]["times"] == TIMES
    assert evidence["components"][0]["settings"][0]["setting"] == "time to live"
    assert evidence["exclusions"] == [
        {"component": "orders", "check": "all", "reason": "not part of this run"},
        {"component": "items", "check": "sample reads", "reason": "too big"},
    ]
    (gone,) = evidence["cleanup"]
    assert gone["proof"] == "DescribeTable: ResourceNotFoundException"
    assert evidence["usage"]["copy_hours"] == 0.5
    assert evidence["usage"]["billed_by"] == "tag daytwo:drill = monthly-1"


def test_the_report_says_it_for_people_and_runs_nothing(finished, read):
    written = write_evidence.handler(finished(bad()), None)
    page = read(written["report_key"]).decode()
    assert written["report_key"] == "drills/monthly-1/report.html"
    assert '<span class="verdict FAIL">FAIL</span>' in page
    assert "2 items" in page
    assert written["digest"] in page
    assert "<script" not in page
    assert "&lt;script&gt;alert" in page
    assert "src=" not in page and "href=" not in page


def test_without_object_lock_that_is_said(finished, read):
    written = write_evidence.handler(finished(), None)
    assert (written["lock"], written["locked_until"]) == ("NONE", "")
    assert json.loads(read(written["key"]))["storage"]["mode"] == "NONE"
    assert "No Object Lock" in read(written["report_key"]).decode()


def test_a_second_delivery_writes_nothing_new(finished, s3, evidence_bucket):
    request = finished()
    first = write_evidence.handler(request, None)
    assert write_evidence.handler(request, None) == first
    versions = s3.list_object_versions(Bucket=evidence_bucket, Prefix=first["key"])["Versions"]
    assert [one["Key"] for one in versions if one["Key"] == first["key"]] == [first["key"]]


def test_later_evidence_never_writes_over_earlier(finished, read):
    request = finished()
    first = write_evidence.handler(request, None)
    before = read(first["key"])
    second = write_evidence.handler({**request, "now": LATER}, None)
    assert read(first["key"]) == before
    assert second["key"] == "drills/monthly-1/evidence-2.json"
    assert second["report_key"] == "drills/monthly-1/report-2.html"
    supersedes = json.loads(read(second["key"]))["storage"]["supersedes"]
    assert supersedes == f"{first['key']} {first['digest']}"


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "InvalidRequest"])
def test_evidence_that_cannot_be_written_is_an_error(
    code, finished, refusing, s3, state_table, dynamodb, evidence_bucket
):
    request = finished()
    vault = Vault(evidence_bucket, refusing(s3, "put_object", code))
    with pytest.raises(EvidenceNotWritten, match="of monthly-1 is not where nobody can change"):
        write_evidence.write(request, state_table, dynamodb, vault)
    assert "evidence_digest" not in record_of(ID, state_table, dynamodb)


def test_throttling_may_be_tried_again(
    finished, refusing, s3, state_table, dynamodb, evidence_bucket
):
    request = finished()
    vault = Vault(evidence_bucket, refusing(s3, "put_object", "SlowDown"))
    with pytest.raises(Throttled):
        write_evidence.write(request, state_table, dynamodb, vault)
    assert write_evidence.write(request, state_table, dynamodb, vault)["digest"]


def test_an_outcome_that_was_changed_afterwards_is_no_evidence(finished, s3, evidence_bucket):
    request = finished()
    key = request["judgement"]["outcomes"][0]["key"]
    s3.put_object(Bucket=evidence_bucket, Key=key, Body=b"{}")
    with pytest.raises(EvidenceNotWritten, match="is not what was written there"):
        write_evidence.handler(request, None)


def test_under_object_lock_nobody_can_change_it_and_until_when_is_said(aws):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="locked-evidence", ObjectLockEnabledForBucket=True)
    retention = {"Mode": "COMPLIANCE", "Days": 400}
    s3.put_object_lock_configuration(
        Bucket="locked-evidence",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": retention},
        },
    )
    vault = Vault("locked-evidence", s3)
    assert vault.lock() == {"mode": "COMPLIANCE", "days": 400}
    kept, _ = vault.keep(ID, lambda key, before: {"key": key, "before": before})
    assert kept.lock == "COMPLIANCE"
    assert kept.locked_until > NOW
    with pytest.raises(s3.exceptions.ClientError):
        s3.delete_object(Bucket="locked-evidence", Key=kept.key, VersionId=kept.version)
