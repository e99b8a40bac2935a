"""What every batch goes through, whatever is done to it."""

import pytest
from operations import acted, arrived, batch, failing, instance, operate

from tasks import errors

SERVING = {"in_service": True}


def names(result):
    return [call.name for call in result.calls]


def one_batch(action="stop", **changes):
    return [batch(1, instance(1), instance(2), **changes)]


def record(result):
    (call,) = result.inputs("ec2.record_batch")
    return call


def test_a_batch_waits_for_its_turn():
    result = operate("stop", one_batch(wait_seconds=50))
    assert result.states.index("Wait for its turn") < result.states.index("Stop the instances")


def test_the_first_batches_do_not_look_at_the_budget():
    assert operate("stop", one_batch()).inputs("ec2.check_budget") == []


def test_a_batch_after_others_goes_on_while_the_budget_lasts():
    result = operate("stop", one_batch(after_others=True))
    assert len(result.inputs("ec2.check_budget")) == 1
    assert len(result.inputs("ec2.stop_instances")) == 1


def test_a_spent_budget_leaves_a_batch_untouched_and_recorded():
    result = operate(
        "stop",
        one_batch(after_others=True, **SERVING),
        ec2_check_budget={"spent": True, "failed": 3, "allowed": 2},
    )
    assert result.inputs("ec2.take_out_of_service") == []
    assert result.inputs("ec2.stop_instances") == []
    assert record(result)["outcome"] == "not_touched"
    assert "error budget" in record(result)["cause"]


@pytest.mark.parametrize("action", ["stop", "hibernate", "reboot", "resize", "patch", "terminate"])
def test_who_serves_leaves_first_and_is_put_back(action):
    order = names(operate(action, one_batch(**SERVING)))
    leave, enter = order.index("Ec2TakeOutOfService"), order.index("Ec2PutInService")
    between = {*order[leave + 1 : enter]} - {"Ec2CheckOutOfService"}
    assert between
    assert order[enter:] == [
        "Ec2PutInService",
        "Ec2CheckInService",
        "Ec2RecordBatch",
        "Ec2ReportOperation",
        "Ec2ReleaseClaim",
        "sns.publish",
        "events.put_events",
    ]


def test_who_does_not_serve_is_not_taken_out():
    assert "Ec2TakeOutOfService" not in names(operate("reboot", one_batch()))


def test_a_start_only_comes_into_service():
    order = names(operate("start", one_batch(**SERVING)))
    assert "Ec2TakeOutOfService" not in order
    assert order.index("Ec2StartInstances") < order.index("Ec2PutInService")


def test_who_cannot_be_drained_is_not_acted_on_but_put_back():
    result = operate(
        "reboot", one_batch(**SERVING), ec2_check_out_of_service=failing("TimedOut", False)
    )
    assert result.inputs("ec2.reboot_instances") == []
    assert len(result.inputs("ec2.put_in_service")) == 1
    assert [entry["error"] for entry in record(result)["work"]["failed"]] == ["TimedOut"] * 2


def test_it_looks_again_until_all_are_there():
    def not_yet(document):
        work = document["work"]
        return {"work": {**work, "rounds": work["rounds"] + 1}}

    result = operate("stop", one_batch(), ec2_check_instances=[not_yet, not_yet, arrived])
    rounds = [call["work"]["rounds"] for call in result.inputs("ec2.check_instances")]
    assert rounds == [0, 1, 2]
    assert len(result.inputs("ec2.stop_instances")) == 1


def test_who_is_still_to_be_acted_on_is_acted_on_again():
    def half(document):
        work = document["work"]
        return {"work": {**work, "acted": work["pending"][:1], "pending": work["pending"][1:]}}

    def seen(document):
        work = document["work"]
        return {
            "work": {
                **work,
                "reached": work["reached"] + work["acted"],
                "acted": [],
                "rounds": work["rounds"] + 1,
                "done": not work["pending"],
            }
        }

    result = operate("start", one_batch(), ec2_start_instances=half, ec2_check_instances=seen)
    assert [len(call["work"]["pending"]) for call in result.inputs("ec2.start_instances")] == [2, 1]
    assert len(record(result)["work"]["reached"]) == 2


@pytest.mark.parametrize(
    "task", ["stop_instances", "check_instances", "record_batch", "take_out_of_service"]
)
def test_throttling_is_waited_out_without_splitting_the_batch(task):
    then = arrived if task.startswith("check") else acted
    then = {"recorded": 2} if task == "record_batch" else then
    throttled = [errors.Throttled("slower")] * 20
    result = operate("stop", one_batch(**SERVING), **{f"ec2_{task}": [*throttled, then]})
    assert result.status == "SUCCEEDED"
    calls = result.inputs(f"ec2.{task}")
    assert len(calls) == 21
    without = [{k: v for k, v in call.items() if k != "retry_count"} for call in calls]
    assert without == [without[0]] * 21


def test_a_task_is_told_how_often_it_was_tried_before():
    result = operate("stop", one_batch(), ec2_stop_instances=[errors.Throttled("slower"), acted])
    assert [call["retry_count"] for call in result.inputs("ec2.stop_instances")] == [0, 1]


@pytest.mark.parametrize("serving", [True, False])
def test_what_breaks_in_a_batch_is_put_back_recorded_and_stops_no_other(serving):
    def stop(document):
        if document["instances"][0]["instance_id"].endswith("1"):
            raise errors.AccessRefused("no rights")
        return acted(document)

    batches = [
        batch(1, instance(1), in_service=serving),
        batch(2, instance(2), in_service=serving),
    ]
    result = operate("stop", batches, ec2_stop_instances=stop)
    records = {call["batch"]["number"]: call for call in result.inputs("ec2.record_batch")}
    assert [records[number]["outcome"] for number in (1, 2)] == ["interrupted", ""]
    assert "no rights" in records[1]["cause"]
    assert len(result.inputs("ec2.put_in_service")) == (2 if serving else 0)


def test_who_was_isolated_stays_out_of_service_whatever_breaks():
    result = operate(
        "isolate", one_batch(**SERVING), ec2_isolate_instances=errors.AccessRefused("no rights")
    )
    assert result.inputs("ec2.put_in_service") == []
    assert record(result)["outcome"] == "interrupted"


@pytest.mark.parametrize("serving", [True, False])
def test_a_replacement_that_breaks_is_discarded_with_all_it_launched(serving):
    result = operate(
        "replace",
        one_batch(in_service=serving),
        ec2_terminate_instances=errors.AccessRefused("no rights"),
    )
    (discard,) = result.inputs("ec2.discard_replacements")
    assert discard["interrupted"] is True
    assert len(discard["replacements"]) == 2
    assert record(result)["outcome"] == "interrupted"


def test_a_batch_that_cannot_be_put_back_is_recorded_all_the_same():
    result = operate(
        "stop",
        one_batch(**SERVING),
        ec2_stop_instances=errors.AccessRefused("no rights"),
        ec2_put_in_service=errors.AccessRefused("none here either"),
    )
    assert record(result)["outcome"] == "interrupted"


def test_a_batch_that_cannot_be_recorded_is_left_to_the_report():
    result = operate("stop", [batch(1), batch(2)], ec2_record_batch=errors.AccessRefused("no"))
    assert result.status == "SUCCEEDED"
    assert len(result.inputs("ec2.record_batch")) == 2
    assert len(result.inputs("ec2.report_operation")) == 1
