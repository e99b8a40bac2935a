"""A zone with a record that fails over, on a clock that the test moves."""

import uuid

import boto3
import pytest
from failover import NAME, PRIMARY, SECONDARY, record_set
from weather import weathered

from infra.local import route53


@pytest.fixture
def account():
    with weathered(route53) as account:
        yield account


@pytest.fixture
def aws(account):
    # Route 53 has one endpoint, whatever the client's Region.
    return boto3.client("route53", region_name="us-west-2")


@pytest.fixture
def zone(aws):
    return aws.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]


@pytest.fixture
def make_check(aws):
    """Make a health check: make_check(Type="HTTPS", ...) gives its id."""

    def make(**config):
        endpoint = {"Type": "HTTPS", "FullyQualifiedDomainName": "east.example.com"}
        return aws.create_health_check(
            CallerReference=str(uuid.uuid4()), HealthCheckConfig=config or endpoint
        )["HealthCheck"]["Id"]

    return make


@pytest.fixture
def change(aws, zone):
    """Change a record set: change("UPSERT", Name=..., Type=..., Value=..., ...)."""

    def change(action, value=None, **record):
        alone = {"Name": NAME, "Type": "A", **record}
        wanted = alone if value is None else record_set(value, **record)
        changes = [{"Action": action, "ResourceRecordSet": wanted}]
        return aws.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    return change


@pytest.fixture
def answer(aws, zone):
    """Ask for a name: answer() gives the values."""

    def ask(name=NAME, kind="A"):
        return aws.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType=kind)[
            "RecordData"
        ]

    return ask


@pytest.fixture
def failover(change, make_check):
    """Make the primary with a health check and the secondary; give the check's id."""
    check = make_check()
    change("CREATE", PRIMARY, SetIdentifier="one", Failover="PRIMARY", HealthCheckId=check)
    change("CREATE", SECONDARY, SetIdentifier="two", Failover="SECONDARY")
    return check
