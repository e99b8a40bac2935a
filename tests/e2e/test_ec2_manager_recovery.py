"""EC2 Manager's recovery rows, drilled on a whole account with all roles as deployed."""

from datetime import datetime, timedelta

import pytest
from drilled_examples import DrilledExample
from people import ACCOUNT, here, until

from infra.local import control

# Its objectives are hours, and a breach is an hour old: a minute and a half of the wall's.
CLOCK = 40.0
WEB = f"ec2-manager-prod-web-{ACCOUNT}"
AUDIT = "ec2-manager-prod-audit"
BREACH = timedelta(hours=1, minutes=5)


@pytest.fixture(scope="module")
def manager(tmp_path_factory):
    """The system on an account of its own, with entries in prod's audit table."""
    folder = tmp_path_factory.mktemp("ec2-manager-recovery")
    loaded = control.running(CLOCK, folder / "account", systems=("ec2-manager",))
    with loaded as account, here(account):
        made = DrilledExample(account, folder, "ec2-manager")
        fill(made)
        yield made


def fill(manager):
    """Have an audit trail of ten minutes ago, and a web site."""
    at = datetime.fromisoformat(manager.beat("prod")) - timedelta(minutes=10)
    dynamodb, s3 = manager.account.client("dynamodb"), manager.account.client("s3")
    for number in range(30):
        item = {"id": f"i-{number % 5}", "timestamp": f"{at.isoformat()} {number}"}
        item |= {"action": "start", "changedAt": at.isoformat()}
        dynamodb.put_item(TableName=AUDIT, Item={name: {"S": text} for name, text in item.items()})
    s3.put_object(Bucket=WEB, Key="index.html", Body=b"<h1>EC2 Manager</h1>")


def workers(manager):
    """Give the ids of the workers of dev that run."""
    return set(manager.running_instances("dev"))


def test_the_audit_table_and_the_stack_are_backed_up(manager):
    (table,) = manager.backed_up("prod")
    (export,) = manager.backed_up("prod", "exports")

    assert (table["component"], table["status"]) == ("audit", "good")
    assert (export["resource"], export["status"]) == ("ec2-manager-prod", "good")


def test_a_bad_version_of_the_api_is_rolled_back(manager):
    manager.passed(manager.drill("application-error"), api="traffic at the good version")


def test_a_corrupted_audit_table_is_restored_by_its_schedule(manager):
    manager.point("prod")

    evidence = manager.scheduled("data-corruption", "rate(10 minutes)")

    manager.passed(evidence, audit="corruption found", web="equal contents")
    assert evidence["trigger"]["requested_by"].startswith("schedule ec2-manager.drill.")


def test_the_stack_and_its_function_are_made_again(manager):
    evidence = manager.drill("infrastructure-failure")

    manager.passed(evidence, stack="resources shared with the source", api="code digest")


def test_a_worker_is_replaced(manager):
    before = workers(manager)

    evidence = manager.drill("instance-replacement")

    manager.passed(evidence, workers="each has a running replacement")
    assert len(workers(manager)) == len(before) == 2
    assert workers(manager) != before


def test_the_loss_of_the_region_is_survived(manager):
    manager.beat("dev")

    manager.passed(manager.drill("region-outage"), entry="replica is fresh")


def test_a_breach_is_contained_and_the_table_is_as_it_was_before(manager):
    client = manager.account.client("dynamodb")

    def old_enough():
        told = client.describe_continuous_backups(TableName=AUDIT)["ContinuousBackupsDescription"]
        window = told["PointInTimeRecoveryDescription"]
        return window["LatestRestorableDateTime"] - window["EarliestRestorableDateTime"] > BREACH

    until(old_enough, "a log that begins before the breach")
    before = workers(manager)

    evidence = manager.drill("security-breach")

    manager.passed(
        evidence,
        api_role="older sessions are refused",
        workers="instances are isolated",
        audit="sentinel",
    )
    assert workers(manager) == before
