"""IMDSv2: require_imdsv2 asks for it, check_imdsv2 sees it in force."""

import boto3
import pytest
from batches import acted, by_error, operation, planned
from botocore.stub import ANY, Stubber

from tasks.ec2 import check_imdsv2, require_imdsv2
from tasks.errors import Throttled
from tasks.fleets import fleet

ONE = "i-0000000000000001a"


@pytest.fixture
def tokens(cloud):
    def tokens(ids):
        reply = cloud.describe_instances(InstanceIds=ids)
        return [
            (
                one["MetadataOptions"]["HttpTokens"],
                one["MetadataOptions"]["HttpPutResponseHopLimit"],
            )
            for reservation in reply["Reservations"]
            for one in reservation["Instances"]
        ]

    return tokens


def test_each_instance_answers_with_a_token_only(running, cloud, tokens):
    assert {token for token, _ in tokens(running)} == {"optional"}
    work = require_imdsv2.require(fleet.begin(running), 2, 0, cloud)
    assert work["acted"] == running
    assert tokens(running) == [("required", 2)] * len(running)
    work = check_imdsv2.check(work, 2, 9, cloud)
    assert (work["reached"], work["done"]) == (running, True)


def test_a_second_delivery_asks_for_nobody_again(running, cloud):
    first = require_imdsv2.require(fleet.begin(running), 2, 0, cloud)
    cloud.calls.clear()
    assert require_imdsv2.require(fleet.begin(running), 2, 1, cloud) == first
    assert cloud.calls == {"DescribeInstances": 1}


def test_throttling_leaves_the_rest_for_the_next_round(running, cloud, skies):
    skies.add(
        "error",
        actions="ModifyInstanceMetadataOptions",
        code="RequestLimitExceeded",
        spares=2,
        times=1,
    )
    work = require_imdsv2.require(fleet.begin(running), 2, 0, cloud)
    assert (work["acted"], work["pending"]) == (running[:2], running[2:])
    skies.add("error", actions="ModifyInstanceMetadataOptions", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        require_imdsv2.require(work, 2, 0, cloud)


def test_one_that_is_gone_stops_nobody_else(running, cloud):
    cloud.terminate_instances(InstanceIds=running[:1])
    work = require_imdsv2.require(fleet.begin(running), 2, 0, cloud)
    work = check_imdsv2.check(work, 2, 9, cloud)
    assert work["reached"] == running[1:]
    assert [one["changed"] for one in work["failed"]] == [False]


@pytest.mark.parametrize(
    ("options", "there"),
    [
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "State": "applied"}, True),
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "State": "pending"}, False),
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "State": "applied"}, False),
        ({"HttpTokens": "optional", "HttpPutResponseHopLimit": 2, "State": "applied"}, False),
        ({"HttpTokens": "optional", "HttpEndpoint": "disabled", "State": "applied"}, True),
    ],
)
def test_it_is_in_force_when_the_options_are_applied(options, there):
    client = boto3.client("ec2", region_name="us-east-1")
    entry = {"InstanceId": ONE, "State": {"Name": "running"}, "MetadataOptions": options}
    with Stubber(client) as stub:
        reply = {"Reservations": [{"Instances": [entry]}]}
        stub.add_response("describe_instances", reply, {"Filters": ANY, "MaxResults": ANY})
        work = check_imdsv2.check(acted([ONE]), 2, 1, client)
    assert (work["reached"] == [ONE]) is there
    assert by_error(work) == ({} if there else {ONE: ("TimedOut", True)})


def test_the_functions_answer_by_their_schemas(account, running):
    request = {
        "instances": [planned(one) for one in running],
        "work": fleet.begin(running),
        "operation": operation("enforce_imdsv2"),
    }
    request["work"] = require_imdsv2.handler(request, None)["work"]
    answer = check_imdsv2.handler({**request, "most_rounds": 3}, None)
    assert answer["work"]["reached"] == running
