"""The financial system's recovery rows, drilled on a whole account with all roles as deployed."""

import pytest
from drilled_examples import DrilledExample
from people import here, until

from infra.local import control

# Every restore is awaited by the minute, and no objective is shorter than a quarter of an hour.
CLOCK = 20.0
GROUP = "financial-dev-application"
BOOKS = "financial-prod-db"
BOOKINGS = 10
# By the account's clock: how far back the newest moment is that a database can be restored to.
LAG_SECONDS = 30


class Financial(DrilledExample):
    """The system with books in production."""

    def __init__(self, account, folder):
        super().__init__(account, folder, "financial")
        account.controls.set("rds", restorable_lag=LAG_SECONDS)
        self.book("CREATE TABLE entries (account TEXT, cents BIGINT)")
        for cents in range(100, 100 + BOOKINGS):
            self.book(f"INSERT INTO entries VALUES ('cash', {cents})")
            self.book(f"INSERT INTO entries VALUES ('sales', -{cents})")
        booked = self.database(BOOKS)["LatestRestorableTime"]
        until(lambda: self.restorable_since(booked) > LAG_SECONDS, "the books to be restorable")

    def book(self, statement):
        books = self.database(BOOKS)
        self.account.client("rds-data").execute_statement(
            resourceArn=books["DBInstanceArn"],
            secretArn=books["MasterUserSecret"]["SecretArn"],
            sql=statement,
        )

    def restorable_since(self, moment):
        return (self.database(BOOKS)["LatestRestorableTime"] - moment).total_seconds()

    def database(self, name):
        client = self.account.client("rds")
        (found,) = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return found

    def group(self):
        client = self.account.client("autoscaling")
        found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
        return found["AutoScalingGroups"][0]

    def answer(self):
        (record,) = (one for one in self.manifest["components"] if one["name"] == "address")
        found = self.account.client("route53").test_dns_answer(
            HostedZoneId=record["hosted_zone"],
            RecordName=record["record"].replace("{environment}", "dev"),
            RecordType=record["record_type"],
        )
        return found["RecordData"]


@pytest.fixture(scope="module")
def financial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("financial-recovery")
    running = control.running(CLOCK, folder / "account", systems=("financial",))
    with running as account, here(account):
        yield Financial(account, folder)


def members(group):
    return {one["InstanceId"]: one["AvailabilityZone"] for one in group["Instances"]}


def check(evidence, name):
    (found,) = (
        one
        for component in evidence["components"]
        for one in component["checks"]
        if one["name"] == name
    )
    return found


def test_the_database_fails_over_to_its_other_zone_and_answers_where_it_did(financial):
    before = financial.database("financial-dev-db")

    evidence = financial.drill("database-failover")

    after = financial.database("financial-dev-db")
    assert after["AvailabilityZone"] == before["SecondaryAvailabilityZone"]
    assert after["Endpoint"] == before["Endpoint"]
    assert evidence["results"]["measure"] == "rto"
    assert 0 < evidence["results"]["actual_seconds"] <= evidence["results"]["target_seconds"]
    assert evidence["words"] in financial.report(evidence["drill"])


def test_the_application_loses_a_zone_and_is_in_both_again(financial):
    before = financial.group()

    evidence = financial.drill("az-failure")

    after = financial.group()
    financial.passed(evidence, application="the zone serves again")
    assert set(members(after).values()) == set(members(before).values())
    assert set(members(after)) != set(members(before))
    assert after["VPCZoneIdentifier"] == before["VPCZoneIdentifier"]
    assert len(members(after)) == before["DesiredCapacity"] == after["DesiredCapacity"]


def test_a_member_of_the_group_and_an_instance_of_the_ledger_are_replaced(financial):
    before = members(financial.group())

    evidence = financial.drill("instance-replacement")

    financial.passed(
        evidence, application="members in service", ledger="each has a running replacement"
    )
    assert len(before.keys() - members(financial.group()).keys()) == 1


def test_the_address_answers_with_the_standby_and_with_the_balancer_again(financial):
    before = financial.answer()

    evidence = financial.drill("region-outage")

    financial.passed(evidence, address="DNS answers with the secondary")
    assert financial.answer() == before


def test_the_books_are_restored_from_the_log_and_balance(financial):
    evidence = financial.drill("data-corruption")

    balance = check(evidence, "the entries of the ledger balance")
    assert balance["detail"] == f"{2 * BOOKINGS} entries, which balance"
    assert evidence["results"]["measure"] == "restore_time"
    financial.passed(evidence, database="settings as the source's")


def test_books_that_lack_an_entry_turn_the_drill_red_until_a_green_one(financial):
    financial.account.controls.add("rds", "corrupted")
    evidence = financial.drill("data-corruption", code=1)
    financial.account.controls.calm()

    assert evidence["verdict"] == "FAIL"
    balance = check(evidence, "the entries of the ledger balance")
    assert "do not balance" in balance["detail"]
    assert financial.made() == []
    (action,) = financial.said("actions", "list", "financial")
    assert action["owner"] == "financial-operations"


def test_the_books_are_restored_from_the_weekly_backup(financial):
    (row,) = financial.backed_up("prod")

    evidence = financial.drill("data-corruption", "--point", row["backup"])

    financial.passed(evidence, database="the entries of the ledger balance")
    (action,) = financial.said("actions", "list", "financial", "--all")
    assert (action["status"], action["retested_by"]) == ("retested", evidence["drill"])
