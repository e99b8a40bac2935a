"""Instances are chosen for an isolation or a replacement, and looked at afterwards."""

import pytest
from drill_documents import ID, component
from fleets import AMI

from tasks import store
from tasks.drills import ledger
from tasks.errors import NothingToRestore
from tasks.scenario import check_instances, plan_instances, release_instances

TAGS = {"Name": "feedback-dev-worker"}


@pytest.fixture
def vpc(ec2):
    return ec2.describe_vpcs()["Vpcs"][0]["VpcId"]


@pytest.fixture
def quarantine(ec2, vpc):
    tags = [{"Key": "daytwo:quarantine", "Value": "true"}]
    made = ec2.create_security_group(
        GroupName="quarantine",
        Description="lets nothing through",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )
    return made["GroupId"]


@pytest.fixture
def launch(ec2, state_table):
    def launch(count=2, **tags):
        found = [{"Key": key, "Value": value} for key, value in {**TAGS, **tags}.items()]
        made = ec2.run_instances(
            ImageId=AMI,
            MinCount=count,
            MaxCount=count,
            TagSpecifications=[{"ResourceType": "instance", "Tags": found}],
        )
        return sorted(one["InstanceId"] for one in made["Instances"])

    return launch


@pytest.fixture
def workers():
    return component(
        "workers", type="instances", chain="isolation", copy="", target_config={"tags": TAGS}
    )


def cut_off(ec2, instance_id, group):
    (told,) = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    for interface in told["Instances"][0]["NetworkInterfaces"]:
        ec2.modify_network_interface_attribute(
            NetworkInterfaceId=interface["NetworkInterfaceId"], Groups=[group]
        )


def rows(state_table, dynamodb):
    return ledger.rows(ID, table=state_table, dynamodb=dynamodb)


def test_all_running_instances_are_to_be_isolated(step, launch, workers, state_table, dynamodb):
    ids = launch()
    launch(1, Name="somebody-else")
    planned = step(plan_instances, workers, action="isolate")
    assert planned["instance_ids"] == ids
    assert planned["request"]["targets"] == {"instance_ids": ids}
    assert (planned["request"]["action"], planned["request"]["environment"]) == ("isolate", "dev")
    (row,) = rows(state_table, dynamodb)
    assert (row["kind"], row["detail"]["instance_ids"]) == ("isolation", ids)


def test_a_second_delivery_isolates_the_same_ones(step, launch, workers, ec2):
    ids = launch()
    step(plan_instances, workers, action="isolate")
    launch(1)
    assert step(plan_instances, workers, action="isolate")["instance_ids"] == ids


def test_one_that_has_stopped_since_keeps_no_other_from_being_isolated(step, launch, workers, ec2):
    ids = launch()
    step(plan_instances, workers, action="isolate")
    ec2.stop_instances(InstanceIds=ids[:1])
    assert step(plan_instances, workers, action="isolate")["instance_ids"] == ids


def test_one_instance_is_to_be_replaced_and_the_operation_undoes_itself(
    step, launch, workers, state_table, dynamodb
):
    ids = launch()
    assert step(plan_instances, workers, action="replace")["instance_ids"] == ids[:1]
    assert rows(state_table, dynamodb) == []


def test_what_no_template_launched_is_replaced_from_its_own_image(step, launch, workers):
    launch(1)
    asked = step(plan_instances, workers, action="replace")["request"]
    assert asked["options"] == {"image_id": AMI}
    assert step(plan_instances, workers, action="isolate")["request"]["options"] == {}


def test_what_a_template_launched_is_replaced_from_it(step, workers, ec2, state_table):
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    ec2.create_launch_template(LaunchTemplateName="worker", LaunchTemplateData={"ImageId": AMI})
    ec2.run_instances(
        LaunchTemplate={"LaunchTemplateName": "worker"},
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    assert step(plan_instances, workers, action="replace")["request"]["options"] == {}


def test_without_an_instance_there_is_nothing_to_act_on(step, workers, state_table):
    with pytest.raises(NothingToRestore, match="workers"):
        step(plan_instances, workers, action="isolate")


def test_isolated_instances_have_the_quarantine_group_alone(step, launch, workers, ec2, quarantine):
    ids = launch()
    for one in ids:
        cut_off(ec2, one, quarantine)
    (check,) = step(check_instances, workers, instance_ids=ids, expect="isolated")["checks"]
    assert (check["verdict"], check["observed"]) == ("PASS", "2 of 2")


def test_an_instance_that_others_can_reach_fails_the_check(step, launch, workers, ec2, quarantine):
    ids = launch()
    cut_off(ec2, ids[0], quarantine)
    (check,) = step(check_instances, workers, instance_ids=ids, expect="isolated")["checks"]
    assert check["verdict"] == "FAIL"
    assert ids[1] in check["detail"]
    assert ids[0] not in check["detail"]


def test_a_replaced_instance_is_gone_and_another_runs_in_its_place(step, launch, workers, ec2):
    (old,) = launch(1)
    launch(1, **{"daytwo:replaces": old})
    ec2.terminate_instances(InstanceIds=[old])
    checks = step(check_instances, workers, instance_ids=[old], expect="replaced")["checks"]
    assert [check["verdict"] for check in checks] == ["PASS", "PASS"]


def test_an_old_instance_that_still_runs_fails_the_check(step, launch, workers):
    (old,) = launch(1)
    checks = step(check_instances, workers, instance_ids=[old], expect="replaced")["checks"]
    assert [check["verdict"] for check in checks] == ["FAIL", "FAIL"]


def test_instances_that_are_isolated_are_to_be_released(
    step, undo, launch, workers, state_table, dynamodb
):
    ids = launch()
    step(plan_instances, workers, action="isolate")
    record = {**store.isolation(ids[0]), "was": "{}"}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(record))
    asked = undo(release_instances, rows(state_table, dynamodb)[0])
    assert asked["done"] is False
    assert asked["request"]["action"] == "release_isolation"
    assert asked["request"]["targets"] == {"instance_ids": ids[:1]}


def test_the_row_is_struck_out_when_no_isolation_is_recorded(
    step, undo, launch, workers, state_table, dynamodb
):
    launch()
    step(plan_instances, workers, action="isolate")
    assert undo(release_instances, rows(state_table, dynamodb)[0])["done"] is True
    assert rows(state_table, dynamodb)[0]["status"] == "gone"
