"""The report of an operation: all of its instances, in figures, words and on file."""

import json

import pytest
from batches import EXECUTION, operation, planned

from tasks.ec2 import record_batch, report_operation
from tasks.errors import Throttled
from tasks.fleets import fleet

STARTED = EXECUTION | {"started_at": "2026-11-20T21:00:00.000Z"}
NOW = "2026-11-20T21:10:30Z"
KEY = "operations/op-1/batches.json"


def ids(number):
    return [f"i-{number:09x}{one:08x}" for one in range(2)]


def batch(number):
    return {"number": number, "instances": [planned(one) for one in ids(number)]}


def plan(batches):
    return {"batch_count": batches, "batches_key": KEY, "to_act": 2 * batches}


@pytest.fixture
def record(state_table, audit_table, dynamodb):
    """Record batches: a failure's error and whether it changed the instance, or an outcome."""

    def run(number, error="", changed=False, outcome="", cause=""):
        work = fleet.begin(ids(number))
        if error:
            work = fleet.fail(work, {ids(number)[0]: (error, f"it said {error}")}, changed)
        work = fleet.reach(work, ids(number))
        asked = {
            "batch": batch(number),
            "operation": operation("stop"),
            "work": work,
            "outcome": outcome,
            "cause": cause,
        }
        tables = {"state": state_table, "audit": audit_table}
        record_batch.record(asked, {}, NOW, tables, dynamodb)

    return run


@pytest.fixture
def report(state_table, evidence_bucket, dynamodb, s3):
    def run(batches, dynamodb=dynamodb):
        lines = ",\n".join(json.dumps(batch(number)) for number in range(1, batches + 1))
        s3.put_object(Bucket=evidence_bucket, Key=KEY, Body=f"[\n{lines}\n]\n".encode())
        return report_operation.report(
            {"id": "op-1", "action": "stop", "execution": STARTED},
            plan(batches),
            NOW,
            state_table,
            evidence_bucket,
            dynamodb,
            s3,
        )

    return run


@pytest.fixture
def written(evidence_bucket, s3):
    def read():
        reply = s3.get_object(Bucket=evidence_bucket, Key="operations/op-1/report.json")
        return json.loads(reply["Body"].read())

    return read


def test_when_all_went_well_it_says_so(record, report):
    record(1)
    record(2)
    assert report(2) == {
        "succeeded": 4,
        "failed": 0,
        "not_touched": 0,
        "interrupted": 0,
        "unrecorded": 0,
        "changed": [],
        "changed_count": 0,
        "result": "succeeded",
        "report_key": "operations/op-1/report.json",
        "words": "stop of 4 instances: 4 succeeded.",
    }


def test_failures_that_left_instances_as_they_were_make_it_incomplete(record, report):
    record(1, "TimedOut")
    record(2, outcome="not_touched", cause="The error budget was spent")
    answer = report(2)
    assert answer["result"] == "incomplete"
    assert answer["words"] == (
        "stop of 4 instances: 1 succeeded, 1 failed (1 TimedOut), 2 not touched. "
        "The error budget was spent. Do what is left with: daytwo ec2 resume op-1"
    )


def test_when_nothing_succeeded_and_nothing_changed_all_is_as_before(record, report):
    record(1, outcome="not_touched", cause="The error budget was spent")
    assert report(1)["result"] == "unchanged"


def test_a_failed_instance_that_may_be_other_than_before_needs_a_person(record, report):
    record(1, "TimedOut", changed=True)
    answer = report(1)
    assert answer["result"] == "dirty"
    assert answer["changed"] == ids(1)[:1]
    assert "1 may be other than before: " + ids(1)[0] in answer["words"]
    assert answer["words"].endswith("free them with: daytwo ec2 release op-1")


def test_an_interrupted_batch_needs_a_person(record, report):
    record(1)
    record(2, "TimedOut", outcome="interrupted", cause="The function was killed")
    answer = report(2)
    assert (answer["result"], answer["interrupted"]) == ("dirty", 1)
    assert answer["changed"] == ids(2)[1:]


def test_a_batch_without_a_record_needs_a_person_and_its_instances_are_named(record, report):
    record(2)
    answer = report(3)
    assert (answer["result"], answer["unrecorded"], answer["succeeded"]) == ("dirty", 4, 2)
    assert answer["changed"] == [*ids(1), *ids(3)]
    assert "4 without a record" in answer["words"]


def test_a_document_has_room_for_a_thousand_ids_and_the_count_of_all(report):
    answer = report(600)
    assert (len(answer["changed"]), answer["changed_count"]) == (1000, 1200)


def test_the_file_has_each_batch_with_its_failures_and_the_totals(record, report, written):
    record(1, "TimedOut")
    record(2)
    report(2)
    document = written()
    assert document["operation"]["id"] == "op-1"
    first, second = document["batches"]
    assert (first["number"], second["number"]) == (1, 2)
    assert first["failures"] == [
        {"instance_id": ids(1)[0], "error": "TimedOut", "reason": "it said TimedOut"}
    ]
    assert document["totals"] == {
        "succeeded": 3,
        "failed": 1,
        "not_touched": 0,
        "interrupted": 0,
        "unrecorded": 0,
        "reported_at": NOW,
    }


def test_the_most_frequent_errors_are_named_first(record, report):
    for number, error in enumerate(["B", "A", "A", "C", "D", "E", "F"], 1):
        record(number, error)
    assert "7 failed (2 A, 1 B, 1 C, 1 D, 1 E, …)" in report(7)["words"]


def test_how_long_it_took_is_measured(record, report, capsys):
    record(1)
    capsys.readouterr()
    report(1)
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line["OperationSeconds"] == 630
    assert (line["action"], line["result"]) == ("stop", "succeeded")


def test_one_instance_is_not_many():
    found = report_operation.Found(0)
    assert report_operation.words({"id": "op-1", "action": "stop"}, {"to_act": 1}, found) == (
        "stop of 1 instance: 0 succeeded. Do what is left with: daytwo ec2 resume op-1"
    )


def test_reported_twice_it_says_the_same(record, report, written):
    record(1, "TimedOut")
    first = (report(1), written())
    assert (report(1), written()) == first


def test_a_throttled_read_may_be_tried_again(report, dynamodb):
    def refuse(**_):
        raise dynamodb.exceptions.ClientError(
            {"Error": {"Code": "ThrottlingException", "Message": "no"}}, "Query"
        )

    dynamodb.meta.events.register("before-call.dynamodb.Query", refuse)
    with pytest.raises(Throttled):
        report(1, dynamodb)


def test_the_handler_answers_to_its_schema(record, report, evidence_bucket):
    record(1)
    request = {
        "operation": {"id": "op-1", "action": "stop", "execution": STARTED},
        "plan": plan(1),
    }
    assert report_operation.handler(request, None)["result"] == "succeeded"
