"""Who was taken out comes back, also who failed, and serves when its targets are healthy."""

import pytest
from batches import acted, by_error, failed
from fleets import make_fleet
from services import healths
from serving import MOST, begun, desired, ids_of

from tasks.ec2 import check_in_service, put_in_service, take_out_of_service
from tasks.fleets import fleet


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

    def test_a_target_group_that_was_deleted_is_no_place_any_more(self, serving, run, group):
        gone = {"arn": group.replace("/web/", "/gone/"), "port": 80}
        batch = [{**one, "target_groups": [gone, *one["target_groups"]]} for one in serving()]
        work = run(put_in_service, batch, begun(batch), "reboot")
        assert run(check_in_service, batch, work, "reboot", MOST)["reached"] == ids_of(batch)

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
