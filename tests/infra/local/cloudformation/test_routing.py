"""Zones, health checks and record sets of stacks, which answer as their templates say."""

import pytest

from infra.local import cloudformation, route53
from tests.infra.local.cloudformation.conftest import Stacks
from tests.infra.local.cloudformation.test_other_types import resource
from tests.support.embedded import reset_moto, running

NAME = "api.example.com"


@pytest.fixture
def stacks(tmp_path):
    with running(tmp_path, cloudformation, route53) as account:
        reset_moto()
        yield Stacks(account)
        reset_moto()


def record(value, **more):
    return {
        "Name": NAME,
        "Type": "A",
        "TTL": "60",
        "ResourceRecords": [value],
        "Failover": more["SetIdentifier"].upper(),
        **more,
    }


def template(primary="192.0.2.1", path="/health", grouped=False):
    check = {"Type": "HTTPS", "FullyQualifiedDomainName": NAME, "ResourcePath": path}
    zone = {"Ref": "Zone"}
    one = record(primary, SetIdentifier="primary", HealthCheckId={"Ref": "Check"})
    two = record("198.51.100.1", SetIdentifier="secondary")
    records = (
        {"Records": resource("Route53::RecordSetGroup", HostedZoneId=zone, RecordSets=[one, two])}
        if grouped
        else {
            "One": resource("Route53::RecordSet", HostedZoneId=zone, **one),
            "Two": resource("Route53::RecordSet", HostedZoneId=zone, **two),
        }
    )
    return {
        "Zone": resource("Route53::HostedZone", Name="example.com"),
        "Check": resource(
            "Route53::HealthCheck",
            HealthCheckConfig=check,
            HealthCheckTags=[{"Key": "Name", "Value": "api"}],
        ),
        **records,
    }


@pytest.fixture
def answer(stacks):
    def ask():
        return stacks.client("route53").test_dns_answer(
            HostedZoneId=stacks.physical_id("Zone"), RecordName=NAME, RecordType="A"
        )["RecordData"]

    return ask


@pytest.mark.parametrize("grouped", [False, True])
def test_a_failover_record_of_a_stack_fails_over_and_is_changed_in_place(stacks, answer, grouped):
    stacks.deploy(template(grouped=grouped))
    check = stacks.physical_id("Check")
    assert answer() == ["192.0.2.1"]
    stacks.client("route53").update_health_check(HealthCheckId=check, Inverted=True)
    assert answer() == ["198.51.100.1"]
    stacks.client("route53").update_health_check(HealthCheckId=check, Inverted=False)
    stacks.deploy(template("192.0.2.9", "/ready", grouped))
    assert answer() == ["192.0.2.9"]
    assert stacks.physical_id("Check") == check
    config = stacks.client("route53").get_health_check(HealthCheckId=check)["HealthCheck"]
    assert config["HealthCheckConfig"]["ResourcePath"] == "/ready"


def test_record_sets_go_one_by_one_and_the_stack_with_all_of_them(stacks, answer):
    made = template()
    stacks.deploy(made)
    del made["Two"]
    stacks.deploy(made)
    assert answer() == ["192.0.2.1"]
    stacks.delete()
    assert stacks.client("route53").list_hosted_zones()["HostedZones"] == []
    assert stacks.client("route53").list_health_checks()["HealthChecks"] == []


def test_a_check_of_another_type_is_another_check_and_has_its_tags(stacks):
    made = template()
    stacks.deploy(made)
    before = stacks.physical_id("Check")
    made["Check"]["Properties"]["HealthCheckConfig"]["Type"] = "HTTP"
    stacks.deploy(made)
    after = stacks.physical_id("Check")
    assert after != before
    tags = stacks.client("route53").list_tags_for_resource(
        ResourceType="healthcheck", ResourceId=after
    )["ResourceTagSet"]["Tags"]
    assert tags == [{"Key": "Name", "Value": "api"}]


def test_a_record_set_that_is_there_already_fails_the_stack(stacks):
    stacks.deploy(template())
    again = record("203.0.113.1", SetIdentifier="primary")
    zone = {"HostedZoneName": "example.com."}
    stack = stacks.attempt({"One": resource("Route53::RecordSet", **zone, **again)}, name="other")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("already exists" in reason for _, _, reason in stacks.events("other"))
