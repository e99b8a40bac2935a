"""A database from the restore to its removal, in the embedded account's weather."""

import boto3
import pytest
from databases import COPY, INSTANCE, database, make_cluster, make_instance
from drill_documents import ID, drill
from weather import weathered

from infra.local import rds as part
from infra.local.rds.weather import (
    NEVER_RESTORED,
    RESTORE_FAILED,
    SETTING_LOST,
    STALE,
    UNDELETABLE,
)
from tasks.drills import clocks, ledger
from tasks.errors import RestoreFailed
from tasks.integrity import check_database
from tasks.restore import match_database, remove_database, restore_database

HOURS = 3600


class Chain:
    """The steps of one database, each called until it is done while the clock goes on."""

    def __init__(self, account, component):
        self.account, self.component = account, component
        self.weather = account.weather["rds"]
        self.rds = boto3.client("rds")
        self.copy = {}

    def now(self):
        return self.account.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def until_done(self, handler, most=90, **extra):
        """Call every half minute; gives the last answer, done or not."""
        document = {"component": self.component, "drill": drill(), **extra}
        for _ in range(most):
            answer = handler({**document, "now": self.now()}, None)
            if answer["done"]:
                break
            self.account.clock.advance(30)
        return answer

    def restore(self):
        answer = self.until_done(restore_database.handler)
        self.copy = answer["copy"]
        return answer

    def match(self):
        return self.until_done(match_database.handler, copy=self.copy)

    def check(self):
        document = {"component": self.component, "drill": drill(), "copy": self.copy}
        return check_database.handler({**document, "now": self.now()}, None)

    def remove(self):
        table = "daytwo-state"
        (row,) = ledger.rows(ID, table=table, dynamodb=boto3.client("dynamodb"))
        for _ in range(40):
            answer = remove_database.handler({"row": row, "now": self.now()}, None)
            if answer["done"]:
                break
            self.account.clock.advance(30)
        return answer

    def names(self):
        found = self.rds.describe_db_instances()["DBInstances"]
        return [one["DBInstanceIdentifier"] for one in found]


@pytest.fixture
def chain(aws, state_table, evidence_bucket):
    """Start a chain on a database that is an hour old; `make` says how it is made."""
    with weathered(part) as account:

        def start(make=make_instance, type="rds_instance", **settings):
            make(boto3.client("rds"), **settings)
            account.clock.advance(HOURS)
            started = Chain(account, database(type))
            started.weather.set(creating=600, modifying=60, rebooting=60, deleting=120)
            return started

        yield start


def failed(answer):
    return {one["name"] for one in answer["checks"] if one["verdict"] != "PASS"}


def outcomes(answer):
    return {one["setting"]: one["outcome"] for one in answer["differences"]}


def tuned(rds):
    """Make a parameter group and a security group of the database's own."""
    rds.create_db_parameter_group(
        DBParameterGroupName="financial-tuned", DBParameterGroupFamily="postgres16", Description="-"
    )
    group = boto3.client("ec2").create_security_group(GroupName="ledger", Description="-")
    return group["GroupId"]


def make_tuned(rds):
    group = tuned(rds)
    make_instance(
        rds,
        EngineVersion="16.3",
        MultiAZ=True,
        DBParameterGroupName="financial-tuned",
        VpcSecurityGroupIds=[group],
        EnableIAMDatabaseAuthentication=True,
        DeletionProtection=True,
        Tags=[{"Key": "Owner", "Value": "finance"}],
    )


def test_what_a_restore_loses_comes_back_and_nothing_of_the_copy_is_left(chain):
    steps = chain(make_tuned)

    restored, matched, checked = steps.restore(), steps.match(), steps.check()
    removed = steps.remove()

    assert restored["done"] and matched["done"]
    told = outcomes(matched)
    assert {told[name] for name in ("security groups", "parameter group", "Multi-AZ", "tags")} == {
        "reapplied"
    }
    assert told["deletion protection"] == "left"
    assert failed(checked) == set()
    assert removed["done"]
    assert steps.names() == [INSTANCE]


def test_a_cluster_goes_the_same_way(chain):
    steps = chain(make_cluster, "aurora_cluster")

    assert steps.restore()["done"]
    assert steps.match()["done"]
    assert failed(steps.check()) == set()
    assert steps.remove()["done"]
    assert len(steps.names()) == 2


def test_a_copy_is_as_of_five_minutes_ago(chain):
    steps = chain()
    begun = steps.now()

    restored = steps.restore()

    assert 0 < clocks.seconds(restored["newest_record"], begun) <= 301


def test_a_stale_log_is_told_by_the_newest_record(chain):
    steps = chain()
    steps.account.clock.advance(48 * HOURS)
    steps.weather.add(STALE, ids=INSTANCE)
    begun = steps.now()

    assert clocks.seconds(steps.restore()["newest_record"], begun) > 23 * HOURS


def test_a_restore_that_never_ends_is_not_done(chain):
    steps = chain()
    steps.weather.add(NEVER_RESTORED)

    assert steps.restore()["done"] is False


def test_a_restore_that_rds_gives_up_is_told_and_its_remains_are_removed(chain):
    steps = chain()
    steps.weather.add(RESTORE_FAILED)

    with pytest.raises(RestoreFailed, match=f"{COPY} is in status"):
        steps.restore()
    assert steps.remove()["done"]
    assert steps.names() == [INSTANCE]


def test_a_setting_that_never_comes_is_lost(chain):
    steps = chain(make_tuned)
    steps.restore()
    steps.weather.add(SETTING_LOST, types="MultiAZ")

    assert outcomes(steps.match())["Multi-AZ"] == "lost"


def test_a_copy_that_cannot_be_deleted_is_never_said_to_be_gone(chain):
    steps = chain()
    steps.restore()
    steps.weather.add(UNDELETABLE, ids=COPY)

    assert steps.remove()["done"] is False
    assert COPY in steps.names()


def test_a_drill_that_breaks_off_while_the_copy_is_made_still_removes_it(chain):
    steps = chain()
    document = {"component": steps.component, "drill": drill(), "now": steps.now()}
    restore_database.handler(document, None)

    assert steps.remove()["done"]
    assert steps.names() == [INSTANCE]
