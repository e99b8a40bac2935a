"""Out of service and back in: each of the four tasks, on an account with load balancers."""

import boto3
import pytest
from batches import acted, by_error, failed, operation, planned
from fleets import make_fleet
from services import healths, make_group, make_target_group, members, register
from weather import weathered

from infra.local import elbv2 as balancers
from tasks import fleet, places, store
from tasks.ec2 import (
    check_in_service,
    check_out_of_service,
    put_in_service,
    take_out_of_service,
)
from tasks.errors import Throttled
from tasks.service import Place

REGION = "us-east-1"


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("STATE_TABLE", "daytwo-state")
    with weathered(balancers) as account:
        boto3.client("dynamodb").create_table(
            TableName="daytwo-state",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield account


@pytest.fixture
def ec2(account):
    return boto3.client("ec2")


@pytest.fixture
def elbv2(account):
    return boto3.client("elbv2")


@pytest.fixture
def autoscaling(account):
    return boto3.client("autoscaling")


@pytest.fixture
def dynamodb(account):
    return boto3.client("dynamodb")


@pytest.fixture
def group(elbv2, ec2):
    return make_target_group(elbv2, ec2, delay=60)


@pytest.fixture
def run(account):
    """Run a task by its handler, as Lambda would, on the batch of these planned instances."""

    def run(module, batch, work, action="stop", others=None, **options):
        request = {
            "instances": batch,
            "work": work,
            "operation": operation(action, **options),
            **(others or {}),
        }
        return module.handler(request, None)["work"]

    return run


@pytest.fixture
def serving(ec2, elbv2, group):
    """Launch instances behind the load balancer; gives the batch as it is planned."""

    def serving(count=2, **launch):
        ids = make_fleet(ec2, count, **launch)
        return [planned(one, target_groups=register(elbv2, group, ids)) for one in ids]

    return serving


@pytest.fixture
def grouped(autoscaling, ec2):
    """Make an Auto Scaling group; gives the batch of its members."""

    def grouped(size, **settings):
        ids = make_group(autoscaling, ec2, size, **settings)
        return [planned(one, auto_scaling_group="web") for one in ids]

    return grouped


def ids_of(batch):
    return [one["instance_id"] for one in batch]


def begun(batch):
    return fleet.begin(ids_of(batch))


MOST = {"most_rounds": 9}


class TestTakingOut:
    def test_instances_drain_and_are_out_when_they_are_drained(
        self, account, elbv2, serving, run, group
    ):
        account.weather["elbv2"].set(draining=True)
        batch = serving()

        work = run(take_out_of_service, batch, begun(batch))
        assert (work["acted"], work["done"]) == (ids_of(batch), False)
        assert healths(elbv2, group) == dict.fromkeys(ids_of(batch), "draining")

        work = run(check_out_of_service, batch, work, others=MOST)
        assert (work["acted"], work["rounds"]) == (ids_of(batch), 1)
        account.clock.advance(60)
        work = run(check_out_of_service, batch, work, others=MOST)
        assert (work["reached"], work["done"]) == (ids_of(batch), True)

    def test_who_serves_nowhere_is_out_already(self, run):
        batch = [planned("i-0000000000000001a")]
        assert run(take_out_of_service, batch, begun(batch))["reached"] == ids_of(batch)

    def test_a_second_delivery_changes_nothing(self, elbv2, serving, run, group):
        batch = serving()
        first = run(take_out_of_service, batch, begun(batch))
        second = run(take_out_of_service, batch, begun(batch), others={"retry_count": 1})
        assert first == second
        assert healths(elbv2, group) == {}

    def test_nobody_waits_where_it_is_at_once(self, elbv2, serving, run, group):
        batch = serving()
        work = run(take_out_of_service, batch, begun(batch), "isolate", {"at_once": True})
        assert (work["reached"], work["done"]) == (ids_of(batch), True)
        assert healths(elbv2, group) == {}

    def test_who_cannot_leave_at_once_is_contained_all_the_same(self, serving, run, refuse):
        batch = serving()
        refuse("elbv2", "DeregisterTargets", "TooManyTargets", "No more than 1000")
        work = run(take_out_of_service, batch, begun(batch), "isolate", {"at_once": True})
        assert (work["reached"], work["failed"]) == (ids_of(batch), [])
        work = run(take_out_of_service, batch, begun(batch), "isolate")
        assert by_error(work) == dict.fromkeys(ids_of(batch), ("TooManyTargets", True))

    def test_without_draining_targets_stay_registered(self, elbv2, serving, run, group):
        batch = serving()
        work = run(take_out_of_service, batch, begun(batch), drain=False)
        assert work["reached"] == ids_of(batch)
        assert set(healths(elbv2, group)) == set(ids_of(batch))

    def test_who_was_stopped_stays_registered(self, ec2, elbv2, serving, run, group):
        batch = [{**one, "state": "stopped"} for one in serving()]
        ec2.stop_instances(InstanceIds=ids_of(batch))
        assert run(take_out_of_service, batch, begun(batch), "resize")["reached"] == ids_of(batch)
        assert set(healths(elbv2, group)) == set(ids_of(batch))

    def test_a_target_group_that_was_deleted_holds_nobody_back(self, elbv2, serving, run, group):
        batch = serving()
        gone = {"arn": group.replace("/web/", "/gone/"), "port": 80}
        batch = [{**one, "target_groups": [gone, *one["target_groups"]]} for one in batch]
        work = run(take_out_of_service, batch, begun(batch))
        assert work["acted"] == ids_of(batch)
        work = run(check_out_of_service, batch, work, others=MOST)
        assert work["reached"] == ids_of(batch)

    def test_members_go_to_standby_twenty_at_a_time_and_the_group_shrinks(
        self, autoscaling, grouped, run, calls
    ):
        batch = grouped(45)
        seen = calls("autoscaling", "EnterStandby")
        work = run(take_out_of_service, batch, begun(batch), standby=True)
        assert [len(one["InstanceIds"]) for one in seen] == [20, 20, 5]
        assert set(members(autoscaling).values()) == {"Standby"}
        assert desired(autoscaling) == 0
        work = run(check_out_of_service, batch, work, others=MOST, standby=True)
        assert work["reached"] == ids_of(batch)

    def test_members_stay_where_standby_is_not_asked_for(self, autoscaling, grouped, run):
        batch = grouped(2)
        assert run(take_out_of_service, batch, begun(batch))["reached"] == ids_of(batch)
        assert set(members(autoscaling).values()) == {"InService"}

    def test_an_isolated_member_goes_to_standby_and_the_group_replaces_it(
        self, autoscaling, grouped, run
    ):
        batch = grouped(2)[:1]
        run(take_out_of_service, batch, begun(batch), "isolate")
        assert members(autoscaling)[batch[0]["instance_id"]] == "Standby"
        assert desired(autoscaling) == 2

    def test_a_draining_that_takes_too_long_leaves_the_instance_unchanged(
        self, account, serving, run
    ):
        batch = serving(1)
        account.weather["elbv2"].add("never_drained")
        work = run(take_out_of_service, batch, begun(batch))
        work = run(check_out_of_service, batch, work, others={"most_rounds": 1})
        assert by_error(work) == {batch[0]["instance_id"]: ("TimedOut", False)}

    def test_throttling_is_tried_again(self, serving, run, refuse):
        batch = serving()
        refuse("elbv2", "DeregisterTargets", "Throttling")
        with pytest.raises(Throttled):
            run(take_out_of_service, batch, begun(batch))

    def test_who_is_refused_by_name_has_failed_and_the_others_go_on(self, grouped, run, refuse):
        batch = grouped(3)
        wrong = batch[1]["instance_id"]
        refuse(
            "autoscaling",
            "EnterStandby",
            "ValidationError",
            f"The instance {wrong} is not in InService.",
            when=lambda parameters: wrong in parameters["InstanceIds"],
        )
        work = run(take_out_of_service, batch, begun(batch), standby=True)
        assert by_error(work) == {wrong: ("ValidationError", False)}
        assert len(work["acted"]) == 2


class TestPuttingIn:
    def test_instances_come_back_and_serve_when_they_are_healthy(
        self, account, elbv2, serving, run, group
    ):
        batch = serving()
        run(take_out_of_service, batch, begun(batch))
        account.weather["elbv2"].set(initial=30)

        work = run(put_in_service, batch, begun(batch), "reboot")
        assert work["acted"] == ids_of(batch)
        assert healths(elbv2, group) == dict.fromkeys(ids_of(batch), "initial")
        work = run(check_in_service, batch, work, "reboot", MOST)
        assert work["acted"] == ids_of(batch)
        hasty = run(check_in_service, batch, work, "reboot", {**MOST, "wait_healthy": False})
        assert hasty["reached"] == ids_of(batch)
        account.clock.advance(30)
        work = run(check_in_service, batch, work, "reboot", MOST)
        assert work["reached"] == ids_of(batch)

    def test_those_that_failed_come_back_too(self, elbv2, serving, run, group):
        batch = serving()
        run(take_out_of_service, batch, begun(batch))
        work = run(put_in_service, batch, failed(ids_of(batch), changed=False), "patch")
        assert set(healths(elbv2, group)) == set(ids_of(batch))
        assert by_error(work) == dict.fromkeys(ids_of(batch), ("PatchFailed", False))
        assert work["done"] is True

    def test_one_that_failed_and_cannot_come_back_is_changed(self, serving, run, refuse):
        batch = serving(1)
        run(take_out_of_service, batch, begun(batch))
        refuse("elbv2", "RegisterTargets", "TooManyTargets", "No more than 1000")
        for _ in range(2):
            work = run(put_in_service, batch, failed(ids_of(batch), changed=False), "patch")
        assert by_error(work) == {batch[0]["instance_id"]: ("PatchFailed", True)}
        assert work["failed"][0]["reason"] == (
            "as the test asks It is not back in service: No more than 1000"
        )

    def test_members_leave_standby_and_the_group_grows_again(self, autoscaling, grouped, run):
        batch = grouped(25)
        run(take_out_of_service, batch, begun(batch), standby=True)
        work = run(put_in_service, batch, begun(batch), "reboot", standby=True)
        work = run(check_in_service, batch, work, "reboot", MOST, standby=True)
        assert work["reached"] == ids_of(batch)
        assert desired(autoscaling) == 25

    def test_what_a_release_left_isolated_stays_out(self, elbv2, serving, run, group):
        batch = serving()
        run(take_out_of_service, batch, begun(batch), "isolate")
        left, freed = ids_of(batch)
        work = fleet.fail(begun(batch), {left: ("TimedOut", "as the test asks")}, True)
        run(put_in_service, batch, work, "release_isolation")
        assert set(healths(elbv2, group)) == {freed}

    @pytest.mark.parametrize(
        ("action", "error"), [("terminate", None), ("replace", None), ("patch", "Terminated")]
    )
    def test_who_is_terminated_has_no_place(self, ec2, serving, run, action, error):
        batch = serving(1)
        ec2.terminate_instances(InstanceIds=ids_of(batch))
        work = run(put_in_service, batch, begun(batch), action)
        assert [one["error"] for one in work["failed"]] == ([error] if error else [])
        assert work["done"] is True

    def test_an_unhealthy_target_has_failed_at_the_end_and_it_is_said_why(
        self, account, serving, run
    ):
        batch = serving()
        sick, _ = ids_of(batch)
        account.weather["elbv2"].add("unhealthy", ids=sick)
        work = run(check_in_service, batch, acted(ids_of(batch)), "reboot", MOST)
        assert work["acted"] == [sick]
        work = run(check_in_service, batch, work, "reboot", {"most_rounds": 2})
        assert by_error(work) == {sick: ("TargetUnhealthy", True)}
        assert work["failed"][0]["reason"] == (
            f"{sick} is unhealthy in target group web: Health checks failed"
        )

    def test_who_is_on_standby_does_not_serve(self, grouped, run):
        batch = grouped(1)
        run(take_out_of_service, batch, begun(batch), standby=True)
        others = {"most_rounds": 1}
        work = run(check_in_service, batch, acted(ids_of(batch)), "reboot", others, standby=True)
        assert work["failed"][0]["reason"] == "In the Auto Scaling group web it is Standby."

    def test_a_starting_instance_is_waited_for(self, account, ec2, serving, run):
        batch = serving(1)
        ec2.stop_instances(InstanceIds=ids_of(batch))
        account.ec2_weather.set(pending=20)
        ec2.start_instances(InstanceIds=ids_of(batch))
        work = run(put_in_service, batch, begun(batch), "start")
        assert work["pending"] == ids_of(batch)
        account.clock.advance(20)
        assert run(put_in_service, batch, work, "start")["acted"] == ids_of(batch)


class TestKeepingPlaces:
    def test_a_stopped_instance_has_its_place_kept_until_it_is_started(
        self, ec2, elbv2, dynamodb, serving, run, group
    ):
        batch = serving()
        run(take_out_of_service, batch, begun(batch))
        ec2.stop_instances(InstanceIds=ids_of(batch))

        work = run(put_in_service, batch, begun(batch))
        assert (work["reached"], work["failed"]) == (ids_of(batch), [])
        place = Place(target_groups=((group, 80),))
        assert places.kept("daytwo-state", dynamodb) == dict.fromkeys(ids_of(batch), place)

        ec2.start_instances(InstanceIds=ids_of(batch))
        started = [{**one, "state": "stopped"} for one in batch]
        work = run(put_in_service, started, begun(batch), "start")
        assert work["acted"] == ids_of(batch)
        assert set(healths(elbv2, group)) == set(ids_of(batch))
        assert places.kept("daytwo-state", dynamodb) == {}

    def test_a_place_is_kept_as_long_as_it_is_not_taken_again(
        self, ec2, dynamodb, serving, run, refuse
    ):
        batch = serving(1)
        ec2.stop_instances(InstanceIds=ids_of(batch))
        run(put_in_service, batch, begun(batch))
        ec2.start_instances(InstanceIds=ids_of(batch))
        refuse("elbv2", "RegisterTargets", "TooManyTargets")
        work = run(put_in_service, [{**batch[0], "state": "stopped"}], begun(batch), "start")
        assert by_error(work) == {batch[0]["instance_id"]: ("TooManyTargets", True)}
        assert set(places.kept("daytwo-state", dynamodb)) == set(ids_of(batch))

    def test_who_stopped_though_it_should_run_has_failed_and_its_place_is_kept(
        self, ec2, dynamodb, serving, run
    ):
        batch = serving(1)
        ec2.stop_instances(InstanceIds=ids_of(batch))
        work = run(put_in_service, batch, begun(batch), "patch")
        assert by_error(work) == {batch[0]["instance_id"]: ("NotRunning", True)}
        assert set(places.kept("daytwo-state", dynamodb)) == set(ids_of(batch))

    def test_a_stopped_member_stays_on_standby(self, ec2, autoscaling, dynamodb, grouped, run):
        batch = grouped(1)
        run(take_out_of_service, batch, begun(batch), standby=True)
        ec2.stop_instances(InstanceIds=ids_of(batch))
        work = run(put_in_service, batch, begun(batch), standby=True)
        assert work["reached"] == ids_of(batch)
        assert set(members(autoscaling).values()) == {"Standby"}
        assert places.kept("daytwo-state", dynamodb) == {ids_of(batch)[0]: Place((), "web")}

    def test_a_place_has_its_own_key(self):
        assert store.place("i-1") == {"pk": "EC2PLACE", "sk": "i-1"}


class TestReplacements:
    def test_the_new_one_serves_beside_the_old_one(self, ec2, elbv2, serving, run, group):
        batch = serving(1)
        (old,), (new,) = ids_of(batch), make_fleet(ec2, 1)
        others = {"replacements": [{"instance_id": old, "replacement": new}]}
        work = run(put_in_service, batch, begun(batch), "replace", others)
        assert work["acted"] == [old]
        assert healths(elbv2, group) == {old: "healthy", new: "healthy"}
        work = run(check_in_service, batch, work, "replace", {**others, **MOST})
        assert work["reached"] == [old]

    def test_a_new_one_that_never_becomes_healthy_leaves_the_old_one_unchanged(
        self, account, ec2, serving, run
    ):
        batch = serving(1)
        (old,), (new,) = ids_of(batch), make_fleet(ec2, 1)
        account.weather["elbv2"].add("unhealthy", ids=new)
        others = {"replacements": [{"instance_id": old, "replacement": new}]}
        work = run(put_in_service, batch, begun(batch), "replace", others)
        work = run(check_in_service, batch, work, "replace", {**others, "most_rounds": 1})
        assert by_error(work) == {old: ("TargetUnhealthy", False)}
        assert new in work["failed"][0]["reason"]


def desired(autoscaling, name="web"):
    reply = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return reply["AutoScalingGroups"][0]["DesiredCapacity"]
