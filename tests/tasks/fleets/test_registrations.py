import boto3
import pytest
from botocore.stub import Stubber
from fleets import make_fleet

from schemas.validation import check
from tasks.errors import Throttled
from tasks.fleets import registrations

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
ONE, OTHER = "i-0123456789abcdef0", "i-0123456789abcdef1"


@pytest.fixture
def elbv2(aws):
    return boto3.client("elbv2")


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def group(ec2, elbv2):
    """Make a target group, behind a load balancer or not; gives its ARN and VPC."""
    subnets = ec2.describe_subnets()["Subnets"][:2]
    vpc = subnets[0]["VpcId"]

    def make(name, used=True):
        arn = elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        if used:
            balancer = elbv2.create_load_balancer(
                Name=name, Subnets=[subnet["SubnetId"] for subnet in subnets]
            )["LoadBalancers"][0]["LoadBalancerArn"]
            forward = [{"Type": "forward", "TargetGroupArn": arn}]
            elbv2.create_listener(
                LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward
            )
        return arn, vpc

    return make


def test_registrations_are_found_with_their_ports(ec2, elbv2, group):
    first, second, apart = make_fleet(ec2, 3)
    (web, vpc), (api, _) = group("web"), group("api")
    elbv2.register_targets(TargetGroupArn=web, Targets=[{"Id": first}, {"Id": second}])
    elbv2.register_targets(TargetGroupArn=api, Targets=[{"Id": first, "Port": 8080}])
    found = registrations.of_instances([first, apart], {vpc}, elbv2)
    assert set(found) == {first}
    places = sorted((one["arn"], one["port"]) for one in found[first])
    assert places == sorted([(web, 80), (api, 8080)])


def test_a_group_without_a_load_balancer_serves_nobody(ec2, elbv2, group):
    (one,) = make_fleet(ec2, 1)
    arn, vpc = group("web", used=False)
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": one}])
    assert registrations.of_instances([one], {vpc}, elbv2) == {}


def groups(**fields):
    described = {
        "TargetGroupArn": ARN,
        "TargetType": "instance",
        "VpcId": "vpc-1",
        "LoadBalancerArns": ["a"],
        **fields,
    }
    return {"TargetGroups": [described]}


def health(*targets):
    return {
        "TargetHealthDescriptions": [
            {"Target": {"Id": one, "Port": 80}, "TargetHealth": {"State": state}}
            for one, state in targets
        ]
    }


@pytest.mark.parametrize("fields", [{"TargetType": "lambda"}, {"VpcId": "vpc-2"}])
def test_a_group_that_none_of_them_can_be_in_is_not_asked(elbv2, fields):
    with Stubber(elbv2) as stub:
        stub.add_response("describe_target_groups", groups(**fields))
        assert registrations.of_instances([ONE], {"vpc-1"}, elbv2) == {}


def test_who_is_leaving_already_is_not_registered(elbv2):
    with Stubber(elbv2) as stub:
        stub.add_response("describe_target_groups", groups())
        stub.add_response("describe_target_health", health((ONE, "draining"), (OTHER, "unused")))
        found = registrations.of_instances([ONE, OTHER], {"vpc-1"}, elbv2)
    assert set(found) == {OTHER}


def test_a_group_that_is_deleted_meanwhile_has_nobody(elbv2):
    with Stubber(elbv2) as stub:
        stub.add_response("describe_target_groups", groups())
        stub.add_client_error("describe_target_health", "TargetGroupNotFound")
        assert registrations.of_instances([ONE], {"vpc-1"}, elbv2) == {}


@pytest.mark.parametrize("nth", [1, 2])
def test_throttling_of_each_call_may_be_retried(elbv2, nth):
    with Stubber(elbv2) as stub:
        if nth == 2:
            stub.add_response("describe_target_groups", groups())
        refused = "describe_target_groups" if nth == 1 else "describe_target_health"
        stub.add_client_error(refused, "Throttling")
        with pytest.raises(Throttled):
            registrations.of_instances([ONE], {"vpc-1"}, elbv2)


@pytest.mark.parametrize(
    ("action", "drain", "concerned"),
    [
        ("start", True, True),
        ("stop", True, True),
        ("stop", False, False),
        ("isolate", False, True),
        ("snapshot", True, False),
        ("enforce_imdsv2", True, False),
        ("release_isolation", True, False),
    ],
)
def test_which_operations_have_to_do_with_load_balancers(action, drain, concerned):
    options = check({"drain": drain}, "ec2", "options")
    assert registrations.concerned(action, options) is concerned
