"""A function is broken as a bad release would, and mended from wherever the drill got to."""

import boto3
import pytest
from drill_documents import NOW, PREFIX, component, drill
from drilled_functions import CONTEXT, register
from released_functions import Function, kept_versions

from tasks import aliases, store
from tasks.drills import bad_versions, ledger
from tasks.errors import AliasMoved, DrillRefused, DrillStopped, FunctionBroken, NotACopy
from tasks.promotion import restore_alias
from tasks.scenario import break_function, mend_function


@pytest.fixture
def lambda_(aws):
    with kept_versions():
        yield boto3.client("lambda")


@pytest.fixture
def function(lambda_, s3, artifacts_bucket):
    return Function(lambda_, boto3.client("iam"), s3, artifacts_bucket)


def opened(function, **changes):
    config = {"function": function.name, "alias": function.alias}
    return component(
        "create-feedback",
        type="lambda",
        chain="bad_version",
        resource=function.name,
        copy="",
        target_config=config,
        config={"function": "feedback-prod-create-feedback", "alias": "live"},
        options={"canary_percent": 10},
        **changes,
    )


@pytest.fixture
def watched(dynamodb, state_table):
    """The system is registered, with a health check of the function."""
    register(dynamodb, state_table)


@pytest.fixture
def broken(function, watched):
    """Take the steps until it is broken; gives each answer."""

    def run(most=10, **changes):
        request = {"component": opened(function, **changes), "drill": drill(), "now": NOW}
        answers = [break_function.handler(request, CONTEXT)]
        while not answers[-1]["done"] and len(answers) < most:
            answers.append(break_function.handler(request, CONTEXT))
        return answers

    return run


@pytest.fixture
def row(state_table, dynamodb):
    def read():
        (found,) = ledger.rows(drill()["id"], table=state_table, dynamodb=dynamodb)
        return found

    return read


@pytest.fixture
def mended(row):
    def run():
        request = {"row": row(), "now": NOW}
        answers = [mend_function.handler(request, None)]
        while not answers[-1]["done"] and len(answers) < 10:
            answers.append(mend_function.handler(request, None))
        return answers

    return run


def handler_of(function):
    return function.lambda_.get_function_configuration(FunctionName=function.name)["Handler"]


def test_the_bad_version_has_its_share_and_latest_is_as_before(function, broken):
    answer = broken()[-1]

    assert answer["done"] is True
    assert answer["published"] == [{"function": function.name, "version": "2"}]
    assert [check["function"] for check in answer["health"]["checks"]] == [function.name]
    assert function.routing() == ("1", {"2": 0.1})
    assert handler_of(function) == "app.handler"
    bad = function.lambda_.get_function_configuration(FunctionName=function.name, Qualifier="2")
    assert bad["Handler"] == "drill_1f0c2a9b.no_such_handler"


def test_a_second_delivery_of_each_step_changes_nothing_twice(function, broken):
    broken()
    broken()

    assert function.versions() == ["1", "2"]
    assert function.routing() == ("1", {"2": 0.1})


def test_what_it_hands_on_takes_it_back_as_a_failing_promotion_does(function, broken):
    answer = broken()[-1]

    reply = restore_alias.restore(answer["captured"], answer["released"], function.lambda_)

    assert reply["restored"] is True
    assert function.routing() == ("1", {})


def test_the_ledger_keeps_what_was_before(function, broken, row):
    broken(most=1)
    broken()

    found = row()
    assert (found["kind"], found["name"]) == ("broken_version", function.name)
    assert found["detail"]["handler"] == "app.handler"
    assert (found["detail"]["version"], found["detail"]["weights"]) == ("1", {})


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_is_mended_from_wherever_it_got_to(function, broken, mended, row, steps):
    broken(most=steps)

    answer = mended()[-1]

    assert answer["done"] is True
    assert function.routing() == ("1", {})
    assert function.versions() == ["1"]
    assert handler_of(function) == "app.handler"
    assert row()["status"] == "gone"
    assert "no version is one that the drill broke" in row()["proof"]


def test_mending_what_is_mended_changes_nothing(function, broken, mended):
    broken()
    mended()

    assert [answer["done"] for answer in mended()] == [True]


def test_after_the_rollback_only_the_version_goes(function, broken, mended):
    answer = broken()[-1]
    restore_alias.restore(answer["captured"], answer["released"], function.lambda_)

    mended()

    assert (function.routing(), function.versions()) == (("1", {}), ["1"])


def test_an_alias_that_somebody_moved_elsewhere_stays_there(function, broken, mended):
    broken()
    version, _ = function.release("hotfix")
    function.point(version)

    answer = mended()[-1]

    assert answer["done"] is True
    assert function.routing() == (version, {})


def test_a_handler_that_somebody_set_since_stays(function, broken, mended):
    broken()
    function.lambda_.update_function_configuration(FunctionName=function.name, Handler="new.one")

    mended()

    assert handler_of(function) == "new.one"


def test_a_function_that_is_gone_needs_no_mending(function, broken, mended):
    broken()
    function.lambda_.delete_function(FunctionName=function.name)

    assert "there is no function" in mended()[-1]["proof"]


def test_only_a_version_is_ever_deleted(lambda_):
    with pytest.raises(NotACopy, match="nothing was deleted"):
        mend_function.delete("feedback-dev-a", "", lambda_)
    assert mend_function.PERMISSIONS["lambda:DeleteFunction"].endswith("${System}-*:*")


class TestRefusals:
    def test_a_function_of_another_environment(self, function):
        other = {**opened(function), "resource": "feedback-prod-create-feedback"}

        with pytest.raises(DrillRefused, match="is not the target environment's function"):
            break_function.opened(other)

    def test_a_function_that_nobody_watches(self, broken, function, dynamodb, state_table):
        register(dynamodb, state_table, checks=())

        with pytest.raises(DrillRefused, match="nobody would notice"):
            broken()

        assert function.versions() == ["1"]

    def test_an_alarm_that_is_red_before_anything_is_broken(
        self, broken, function, dynamodb, state_table
    ):
        register(dynamodb, state_table, alarms=["feedback-dev-errors"])
        cloudwatch = boto3.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="feedback-dev-errors",
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Period=60,
            Statistic="Sum",
            Threshold=0,
        )
        cloudwatch.set_alarm_state(
            AlarmName="feedback-dev-errors", StateValue="ALARM", StateReason="errors"
        )

        with pytest.raises(DrillRefused, match="Red before anything was broken"):
            broken()

        assert handler_of(function) == "app.handler"

    def test_an_alias_that_is_split_already(self, function, broken):
        version, _ = function.release("canary")
        function.point("1", {version: 0.5})

        with pytest.raises(DrillRefused, match="a deployment is under way"):
            broken()

        assert function.routing() == ("1", {version: 0.5})

    def test_an_alias_at_latest(self, function, broken):
        function.point("$LATEST")

        with pytest.raises(DrillRefused, match="no single published version"):
            broken()

    @pytest.mark.parametrize(("handler", "runtime"), [("", ""), ("bootstrap", "provided.al2023")])
    def test_a_function_that_asks_for_no_handler(self, handler, runtime):
        was = {"weights": {}, "version": "1", "alias": "live", "handler": handler}

        with pytest.raises(DrillRefused, match="Leave it out"):
            break_function.check_breakable("f", {**was, "runtime": runtime})

    def test_an_alias_that_somebody_moves_meanwhile(self, function, broken):
        broken(most=1)
        version, _ = function.release("hotfix")
        function.point(version)

        with pytest.raises(AliasMoved):
            broken()

        assert function.routing() == (version, {})

    def test_a_stopped_drill(self, function, broken, state_table, dynamodb):
        stop = {**store.drill(drill()["id"]), "stop": "by alice"}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(stop))

        with pytest.raises(DrillStopped):
            broken()

        assert function.versions() == ["1"]


@pytest.mark.parametrize(
    ("states", "settled"),
    [
        ({"State": "Active", "LastUpdateStatus": "Successful"}, True),
        ({"State": "Active", "LastUpdateStatus": "InProgress"}, False),
        ({"State": "Pending"}, False),
        ({}, True),
    ],
)
def test_lambda_is_waited_for(states, settled):
    assert bad_versions.settled(states) is settled


def test_a_function_that_lambda_gave_up_is_told():
    with pytest.raises(FunctionBroken, match="no such layer"):
        bad_versions.settled(
            {
                "FunctionName": "f",
                "LastUpdateStatus": "Failed",
                "LastUpdateStatusReason": "no such layer",
            }
        )


def test_no_two_drills_take_the_same_handler():
    assert bad_versions.handler_of(PREFIX) != bad_versions.handler_of("drill-00000000")
    assert aliases.FUNCTION_ARN in break_function.PERMISSIONS.values()
