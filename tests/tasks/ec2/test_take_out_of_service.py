"""Who leaves service drains or goes to standby, and is out when nothing is left of it there."""

import pytest
from batches import by_error, planned
from services import healths, members
from serving import MOST, begun, desired, ids_of

from tasks.ec2 import check_out_of_service, take_out_of_service
from tasks.errors import Throttled


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
