"""A stopped instance has its place kept until it is started again."""

from batches import by_error
from fleets import make_fleet
from services import healths, members
from serving import begun, ids_of

from tasks import store
from tasks.ec2 import put_in_service, take_out_of_service
from tasks.fleets import places
from tasks.fleets.service import Place


def test_a_stopped_instance_has_its_place_kept_until_it_is_started(
    ec2, elbv2, dynamodb, serving, run, group
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


def test_a_place_is_kept_as_long_as_it_is_not_taken_again(ec2, dynamodb, serving, run, refuse):
    batch = serving(1)
    ec2.stop_instances(InstanceIds=ids_of(batch))
    run(put_in_service, batch, begun(batch))
    ec2.start_instances(InstanceIds=ids_of(batch))
    refuse("elbv2", "RegisterTargets", "TooManyTargets")
    work = run(put_in_service, [{**batch[0], "state": "stopped"}], begun(batch), "start")
    assert by_error(work) == {batch[0]["instance_id"]: ("TooManyTargets", True)}
    assert set(places.kept("daytwo-state", dynamodb)) == set(ids_of(batch))


def test_who_stopped_though_it_should_run_has_failed_and_its_place_is_kept(
    ec2, dynamodb, serving, run
):
    batch = serving(1)
    ec2.stop_instances(InstanceIds=ids_of(batch))
    work = run(put_in_service, batch, begun(batch), "patch")
    assert by_error(work) == {batch[0]["instance_id"]: ("NotRunning", True)}
    assert set(places.kept("daytwo-state", dynamodb)) == set(ids_of(batch))


def test_a_stopped_member_stays_on_standby(ec2, autoscaling, dynamodb, grouped, run):
    batch = grouped(1)
    run(take_out_of_service, batch, begun(batch), standby=True)
    ec2.stop_instances(InstanceIds=ids_of(batch))
    work = run(put_in_service, batch, begun(batch), standby=True)
    assert work["reached"] == ids_of(batch)
    assert set(members(autoscaling).values()) == {"Standby"}
    assert places.kept("daytwo-state", dynamodb) == {ids_of(batch)[0]: Place((), "web")}


def test_a_place_has_its_own_key():
    assert store.place("i-1") == {"pk": "EC2PLACE", "sk": "i-1"}


def test_who_is_started_is_planned_into_the_places_kept_for_it(ec2, plan, state_table, dynamodb):
    kept, other = make_fleet(ec2, 2, state="stopped")
    place = Place(target_groups=(("arn:aws:elasticloadbalancing:tg", 8080),))
    places.keep({kept: place, "i-0000000000000001a": place}, "op-0", state_table, dynamodb)

    (batch,) = plan("start", targets={"instance_ids": [kept, other]}).batches

    assert batch["in_service"] is True
    assert {one["instance_id"]: one["target_groups"] for one in batch["instances"]} == {
        kept: [{"arn": "arn:aws:elasticloadbalancing:tg", "port": 8080}],
        other: [],
    }
