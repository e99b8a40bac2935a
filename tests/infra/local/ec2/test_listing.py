"""DescribeInstances and DescribeInstanceStatus: pages, filters and limits as on EC2."""

import boto3
import pytest
from fleets import make_fleet
from moto import mock_aws

from infra.local.ec2.filters import VALUES

PAGE = 50


def described(pages):
    return [
        instance["InstanceId"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]


def found(ec2, **filters):
    """Describe by filters: state_name="x" is instance-state-name=x."""
    filters = [{"Name": name, "Values": values} for name, values in filters.items()]
    return described([ec2.describe_instances(Filters=filters)])


@pytest.mark.parametrize("together", [1, 7, 60])
def test_pages_hold_so_many_instances_however_they_were_launched(ec2, together):
    ids = [each for _ in range(0, 120, together) for each in make_fleet(ec2, together)]
    pages = list(ec2.get_paginator("describe_instances").paginate(MaxResults=PAGE))
    sizes = [len(described([page])) for page in pages]
    assert sizes[:-1] == [PAGE] * (len(pages) - 1)
    assert described(pages) == ids


def test_a_page_after_an_instance_was_launched_misses_and_repeats_none(ec2):
    ids = make_fleet(ec2, 12)
    first = ec2.describe_instances(MaxResults=5)
    ids += make_fleet(ec2, 2)
    ec2.terminate_instances(InstanceIds=[ids[0]])
    rest = ec2.get_paginator("describe_instances").paginate(
        PaginationConfig={"StartingToken": first["NextToken"], "PageSize": 5}
    )
    assert described([first, *rest]) == ids


def test_the_last_page_has_no_token(ec2):
    make_fleet(ec2, 10)
    first = ec2.describe_instances(MaxResults=5)
    last = ec2.describe_instances(MaxResults=5, NextToken=first["NextToken"])
    assert "NextToken" not in last
    assert "NextToken" not in ec2.describe_instances(MaxResults=10)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"NextToken": "none of EC2's"}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "colour", "Values": ["red"]}]}, "InvalidParameterValue"),
        (
            {"Filters": [{"Name": "instance-id", "Values": [f"i-{n:017x}" for n in range(201)]}]},
            "FilterLimitExceeded",
        ),
        (
            {"MaxResults": 5, "InstanceIds": ["i-0123456789abcdef0"]},
            "InvalidParameterCombination",
        ),
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceID.NotFound"),
        ({"InstanceIds": ["i-xyz"]}, "InvalidInstanceID.Malformed"),
    ],
)
def test_what_cannot_be_listed_is_refused(ec2, refused, parameters, code):
    assert refused(ec2.describe_instances, **parameters)[0] == code


def test_a_filter_by_id_passes_over_ids_that_no_instance_has(ec2):
    one, two = make_fleet(ec2, 2)
    assert found(ec2, **{"instance-id": [two, "i-0123456789abcdef0", "nonsense", one]}) == [
        two,
        one,
    ]


def test_filters_are_joined_by_and_their_values_by_or(ec2):
    dev = make_fleet(ec2, 2, tags={"Environment": "dev", "Role": "web"}, type="t3.small")
    test = make_fleet(ec2, 1, tags={"Environment": "test"}, zone="us-east-1b")
    prod = make_fleet(ec2, 1, tags={"Environment": "prod", "Role": "db"}, state="stopped")
    assert found(ec2, **{"tag:Environment": ["dev", "test"]}) == dev + test
    assert found(ec2, **{"tag:Environment": ["*t", "p?od"]}) == test + prod
    assert found(ec2, **{"tag-key": ["Role"]}) == dev + prod
    assert found(ec2, **{"tag-key": ["Role"], "instance-state-name": ["stopped"]}) == prod
    assert found(ec2, **{"instance-type": ["t3.*"], "availability-zone": ["us-east-1b"]}) == test
    assert found(ec2, **{"tag:Environment": [""]}) == []


def test_every_filter_reads_an_instance(ec2):
    make_fleet(ec2, 1)
    assert {name: found(ec2, **{name: ["nobody has this"]}) for name in VALUES} == {
        name: [] for name in VALUES
    }


def test_it_tells_of_an_instance_all_that_moto_tells_of_it():
    """But what moto has wrong: the root volume's name, the profile's id, the empty StateReason."""

    def launch_and_describe():
        ec2 = boto3.client("ec2", region_name="us-east-1")
        iam = boto3.client("iam", region_name="us-east-1")
        iam.create_instance_profile(InstanceProfileName="web")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
        ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType="m5.large",
            SubnetId=subnet,
            SecurityGroupIds=[group],
            KeyName="key",
            EbsOptimized=True,
            IamInstanceProfile={"Name": "web"},
            HibernationOptions={"Configured": True},
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            Monitoring={"Enabled": True},
            ClientToken="abc",
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": 'a<b & "c"'}]}
            ],
        )
        return ec2.describe_instances()["Reservations"][0]

    with mock_aws():
        theirs = shape_of(launch_and_describe())
    from weather import weathered

    with weathered():
        ours = shape_of(launch_and_describe())
    del theirs["Instances[0].StateReason.Code"], theirs["Instances[0].StateReason.Message"]
    assert {key: ours.get(key) for key in theirs} == theirs


# What is another in each launch.
RANDOM = ("Id", "AttachTime", "LaunchTime", "Ip", "DnsName", "Address", "DeleteOnTermination")


def shape_of(value, path=""):
    """Flatten a document to its leaves by path, with those that are random left out."""
    if isinstance(value, dict):
        return {
            key: each
            for name, member in value.items()
            for key, each in shape_of(member, f"{path}.{name}".lstrip(".")).items()
        }
    if isinstance(value, list):
        return {
            key: each
            for index, member in enumerate(value)
            for key, each in shape_of(member, f"{path}[{index}]").items()
        }
    return {path: "" if path.endswith(RANDOM) else value}


def statuses(ec2, **parameters):
    return {
        each["InstanceId"]: (each["InstanceStatus"]["Status"], each["SystemStatus"]["Status"])
        for page in ec2.get_paginator("describe_instance_status").paginate(**parameters)
        for each in page["InstanceStatuses"]
    }


def test_status_checks_initialize_for_a_while_after_each_start(ec2, weather, clock):
    weather.set(pending=10, status_checks=120)
    (one,) = make_fleet(ec2, 1)
    seen = []
    for seconds in (10, 119, 1):
        seen += statuses(ec2, IncludeAllInstances=True).values()
        clock.advance(seconds)
    seen += statuses(ec2, IncludeAllInstances=True).values()
    ec2.stop_instances(InstanceIds=[one])
    ec2.start_instances(InstanceIds=[one])
    clock.advance(10)
    seen += statuses(ec2).values()
    assert [each[0] for each in seen] == [
        "not-applicable",
        "initializing",
        "initializing",
        "ok",
        "initializing",
    ]
    assert all(mine == system for mine, system in seen)


def test_a_reboot_lets_the_checks_begin_anew_and_changes_no_state(ec2, weather, clock):
    (one,) = make_fleet(ec2, 1)
    weather.set(status_checks=120)
    clock.advance(120)
    assert statuses(ec2) == {one: ("ok", "ok")}
    ec2.reboot_instances(InstanceIds=[one])
    assert statuses(ec2) == {one: ("initializing", "initializing")}
    clock.advance(120)
    assert statuses(ec2) == {one: ("ok", "ok")}


def test_an_impaired_instance_fails_its_own_check_alone(ec2, weather):
    sick, well = make_fleet(ec2, 2)
    weather.add("impaired", ids=sick)
    assert statuses(ec2) == {sick: ("impaired", "ok"), well: ("ok", "ok")}
    impaired = [{"Name": "instance-status.status", "Values": ["impaired"]}]
    assert list(statuses(ec2, Filters=impaired)) == [sick]
    weather.calm()
    assert statuses(ec2)[sick] == ("ok", "ok")


def test_only_running_instances_have_statuses_unless_all_are_asked_for(ec2):
    (running,) = make_fleet(ec2, 1)
    (stopped,) = make_fleet(ec2, 1, state="stopped")
    assert list(statuses(ec2)) == [running]
    assert statuses(ec2, IncludeAllInstances=True)[stopped] == ("not-applicable",) * 2
    assert list(statuses(ec2, InstanceIds=[stopped, running])) == [running]


def test_statuses_come_in_pages_and_for_a_hundred_ids(ec2, refused):
    ids = make_fleet(ec2, 101)
    assert list(statuses(ec2, PaginationConfig={"PageSize": 40})) == ids
    assert len(statuses(ec2, InstanceIds=ids[:100])) == 100
    code, _ = refused(ec2.describe_instance_status, InstanceIds=ids)
    assert code == "InvalidParameterValue"
