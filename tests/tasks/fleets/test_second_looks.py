import boto3
import pytest
from botocore.stub import Stubber
from fleets import make_fleet

from schemas.validation import check
from tasks.errors import Throttled
from tasks.fleets import second_looks, selection


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def objections(ec2):
    """Look at a fleet for an action: objections("stop", ids, force=True), by id."""

    def look(action, ids, whole_group=False, **given):
        rows = list(selection.by_ids(ids, lambda tags: ("", False), ec2))
        return told(action, rows, ec2, whole_group, **given)

    return look


def told(action, rows, ec2, whole_group=False, **given):
    options = check(given, "ec2", "options")
    found = dict.fromkeys((row.instance_id for row in rows), "")
    for look in second_looks.looks(action, options, whole_group):
        objection = look(rows, ec2)
        found = {row.instance_id: found[row.instance_id] or objection(row) for row in rows}
    return found


def looked(ec2):
    """List the describing calls that a client makes from now on."""
    calls = []
    ec2.meta.events.register("before-call.ec2", lambda model, **_: calls.append(model.name))
    return calls


@pytest.mark.parametrize("action", ["stop", "hibernate", "resize", "replace"])
def test_data_on_instance_stores_is_kept_unless_its_loss_is_accepted(ec2, objections, action):
    kept = make_fleet(ec2, 1, type="m5d.large")
    plain = make_fleet(ec2, 1, type="m5.large")
    given = {"resize": {"instance_type": "m5.xlarge"}, "replace": {"image_id": "ami-12c6146b"}}
    found = objections(action, kept + plain, **given.get(action, {}))
    assert "instance-store volumes" in found[kept[0]]
    assert found[plain[0]] == ""
    accepted = objections(action, kept, accept_data_loss=True, **given.get(action, {}))
    assert accepted == {kept[0]: ""}


def test_a_resize_is_checked_against_what_ec2_says_of_the_type(ec2, objections):
    (one,) = make_fleet(ec2, 1, type="t3.micro")
    assert objections("resize", [one], instance_type="t3.large") == {one: ""}
    assert "arm64" in objections("resize", [one], instance_type="t4g.large")[one]
    assert "no instance type t9.huge" in objections("resize", [one], instance_type="t9.huge")[one]


def test_every_fallback_has_to_fit_too(ec2, objections):
    (one,) = make_fleet(ec2, 1, type="t3.micro")
    found = objections("start", [one], fallback_types=["t3a.micro", "t4g.micro"])
    assert "t4g.micro runs arm64" in found[one]
    assert objections("start", [one], fallback_types=["t3a.micro"]) == {one: ""}


def test_a_type_has_to_be_offered_in_the_zone(ec2):
    row = selection.Row("i-0123456789abcdef0", type="t3.micro", zone="us-east-1e")
    found = told("resize", [row], ec2, instance_type="t3.large")
    assert found[row.instance_id] == "t3.large is not offered in us-east-1e"


@pytest.mark.parametrize(
    ("action", "protection", "word"),
    [
        ("stop", "DisableApiStop", "stop protection"),
        ("hibernate", "DisableApiStop", "stop protection"),
        ("terminate", "DisableApiTermination", "termination protection"),
    ],
)
def test_what_is_protected_is_refused(ec2, objections, action, protection, word):
    kept, free = make_fleet(ec2, 1), make_fleet(ec2, 1)
    ec2.modify_instance_attribute(InstanceId=kept[0], **{protection: {"Value": True}})
    found = objections(action, kept + free)
    assert word in found[kept[0]]
    assert found[free[0]] == ""


@pytest.mark.parametrize(
    ("action", "count", "asked"), [("stop", 25, 25), ("stop", 26, 0), ("terminate", 100, 100)]
)
def test_protection_is_asked_for_only_of_few(ec2, objections, action, count, asked):
    ids = make_fleet(ec2, count)
    calls = looked(ec2)
    objections(action, ids)
    assert calls.count("DescribeInstanceAttribute") == asked


def test_a_start_needs_no_further_look(ec2, objections):
    ids = make_fleet(ec2, 3)
    calls = looked(ec2)
    objections("start", ids)
    assert set(calls) == {"DescribeInstances"}


@pytest.mark.parametrize(("kind", "refused"), [("one-time", True), ("persistent", False)])
def test_a_spot_instance_of_a_one_time_request_is_not_stopped(ec2, kind, refused):
    row = selection.Row("i-0123456789abcdef0", type="t3.micro", spot=True, spot_request="sir-1")
    with Stubber(ec2) as stub:
        stub.add_response("describe_instance_types", {"InstanceTypes": []})
        stub.add_response(
            "describe_spot_instance_requests",
            {"SpotInstanceRequests": [{"SpotInstanceRequestId": "sir-1", "Type": kind}]},
            {"Filters": [{"Name": "spot-instance-request-id", "Values": ["sir-1"]}]},
        )
        stub.add_response("describe_instance_attribute", {})
        found = told("stop", [row], ec2)
    assert ("one-time request" in found[row.instance_id]) is refused


def test_isolation_needs_a_group_that_isolates(ec2, objections):
    (one,) = make_fleet(ec2, 1)
    assert "daytwo:quarantine" in objections("isolate", [one])[one]
    vpc = ec2.describe_instances()["Reservations"][0]["Instances"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="q", Description="q", VpcId=vpc)["GroupId"]
    ec2.revoke_security_group_egress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    ec2.create_tags(Resources=[group], Tags=[{"Key": "daytwo:quarantine", "Value": ""}])
    assert objections("isolate", [one]) == {one: ""}
    assert objections("isolate", [one], quarantine_security_group="sg-0bad")[one]


class TestReplacing:
    @pytest.fixture
    def one(self, ec2):
        return make_fleet(ec2, 1)[0]

    def test_something_to_launch_from_is_needed(self, objections, one):
        assert "no launch template" in objections("replace", [one])[one]

    def test_an_unknown_template_is_told(self, objections, one):
        for template in ("lt-0123456789abcdef0", "nothing"):
            found = objections("replace", [one], launch_template=template)
            assert found[one] == f"there is no launch template {template}"

    def test_a_template_is_found_by_id_and_by_name(self, ec2, objections, one):
        made = ec2.create_launch_template(
            LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-12c6146b"}
        )["LaunchTemplate"]
        for template in ("web", made["LaunchTemplateId"]):
            assert objections("replace", [one], launch_template=template) == {one: ""}

    def test_an_unknown_image_is_told(self, objections, one):
        found = objections("replace", [one], image_id="ami-0bad")
        assert "there is no AMI ami-0bad" in found[one]

    def test_the_image_has_to_be_of_the_same_architecture(self, ec2, objections, one):
        others = [{"Name": "architecture", "Values": ["arm64"]}]
        image = ec2.describe_images(Filters=others)["Images"][0]["ImageId"]
        assert f"the AMI {image} is arm64" in objections("replace", [one], image_id=image)[one]

    def test_a_group_that_refreshes_itself_has_its_own_template(self, objections, one):
        assert objections("replace", [one], whole_group=True) == {one: ""}


LOOKS = [
    ("stop", "describe_instance_types", {}),
    ("stop", "describe_instance_attribute", {}),
    ("resize", "describe_instance_type_offerings", {"instance_type": "t3.large"}),
    ("replace", "describe_images", {"image_id": "ami-12c6146b"}),
    ("replace", "describe_launch_templates", {"launch_template": "web"}),
]


@pytest.mark.parametrize(("action", "operation", "given"), LOOKS)
def test_throttling_of_each_look_may_be_retried(ec2, monkeypatch, action, operation, given):
    (one,) = make_fleet(ec2, 1)
    rows = list(selection.by_ids([one], lambda tags: ("", False), ec2))

    def throttle(**_):
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "RequestLimitExceeded"}}, operation)

    name = "".join(word.capitalize() for word in operation.split("_"))
    ec2.meta.events.register(f"before-call.ec2.{name}", throttle)
    with pytest.raises(Throttled):
        told(action, rows, ec2, **given)
