"""A Region is lost: health turns, DNS answers with the other one, its data are looked at."""

import uuid

import boto3
import pytest
from drill_documents import ID, drill
from failover import (
    HERE,
    PRIMARY,
    SECONDARY,
    THERE,
    failover_record,
    make_table,
    record_set,
    told_table,
    write_sentinel,
)

from tasks.drills import failovers, ledger
from tasks.errors import DrillRefused, DrillStopped, Unavailable
from tasks.scenario import check_routing, turn_health_check, turn_health_check_back

TURNED = "2026-11-02T03:10:00Z"


@pytest.fixture
def route53(account):
    return boto3.client("route53")


@pytest.fixture
def zone(route53):
    made = route53.create_hosted_zone(Name="example.com", CallerReference="1")
    return made["HostedZone"]["Id"].rpartition("/")[2]


@pytest.fixture
def check(route53):
    return route53.create_health_check(
        CallerReference=str(uuid.uuid4()),
        HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "east.example.com"},
    )["HealthCheck"]["Id"]


@pytest.fixture
def put(route53, zone):
    def put(*records):
        changes = [{"Action": "UPSERT", "ResourceRecordSet": one} for one in records]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    return put


@pytest.fixture
def failover(put, check, state_table):
    """Make the record; gives its health check."""
    put(
        record_set(PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check),
        record_set(SECONDARY, SetIdentifier="2", Failover="SECONDARY"),
    )
    return check


@pytest.fixture
def beat(account):
    """Write the sentinel of a moment in one Region: beat(HERE, "2026-...")."""
    for region in (HERE, THERE):
        make_table(region)
    return write_sentinel


@pytest.fixture
def record(zone):
    """Give the component with the table whose replica is waited for."""
    return failover_record(zone, told_table())


@pytest.fixture
def bare(zone):
    """Give the component without a table."""
    return failover_record(zone, {})


@pytest.fixture
def inverted(route53, failover):
    def inverted():
        config = route53.get_health_check(HealthCheckId=failover)["HealthCheck"]
        return config["HealthCheckConfig"]["Inverted"]

    return inverted


@pytest.fixture
def turn(step):
    """Ask for the turn: turn(component, mode="ungraceful")."""

    def turn(found, mode="ungraceful", now=TURNED):
        request = {"component": found, "drill": drill(mode=mode), "now": now}
        return turn_health_check.handler(request, None)

    return turn


def routed(step, found, expect, now="2026-11-02T03:12:00Z"):
    return step(check_routing, found, now, expect=expect, since=TURNED)


def rows(dynamodb, state_table):
    return ledger.rows(ID, table=state_table, dynamodb=dynamodb)


def verdicts(answer):
    return {one["name"]: one["verdict"] for one in answer["checks"]}


def test_traffic_goes_to_the_secondary_and_comes_back(
    step, undo, turn, bare, failover, inverted, dynamodb, state_table
):
    turned = turn(bare)
    assert (turned["done"], turned["turned_at"], inverted()) == (True, TURNED, True)
    away = routed(step, bare, "secondary")
    assert (away["done"], away["ttl_seconds"]) == (True, 60)
    assert verdicts(away) == {"DNS answers with the secondary": "PASS"}
    assert away["checks"][0]["observed"] == SECONDARY
    (row,) = rows(dynamodb, state_table)
    assert row == turned["row"]
    assert (row["kind"], row["name"], row["target"]["region"]) == ("health_check", failover, THERE)
    assert undo(turn_health_check_back, row) == {"done": False, "proof": ""}
    back = undo(turn_health_check_back, row)
    assert (back["done"], inverted()) == (True, False)
    assert "not inverted as before" in back["proof"]
    home = routed(step, bare, "primary")
    assert verdicts(home) == {"DNS answers with the primary": "PASS"}
    (struck,) = rows(dynamodb, state_table)
    assert struck["status"] == "gone"


def test_a_turn_that_is_delivered_again_turns_nothing_back(turn, bare, failover, inverted):
    first = turn(bare)
    again = turn(bare, now="2026-11-02T03:11:00Z")
    assert again["row"] == first["row"]
    assert (again["done"], inverted()) == (True, True)


def test_the_records_are_never_touched(turn, bare, failover, account, route53, zone):
    before = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    turn(bare)
    assert before == route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]


def test_a_check_that_was_inverted_is_turned_the_other_way(
    turn, undo, bare, failover, inverted, route53, account
):
    account.weather["route53"].add("unhealthy", ids=failover)
    failovers.answer(bare["target_config"], route53)
    account.clock.advance(90)
    route53.update_health_check(HealthCheckId=failover, Inverted=True)
    assert failovers.answer(bare["target_config"], route53) == [PRIMARY]
    row = turn(bare)["row"]
    assert not inverted()
    undo(turn_health_check_back, row)
    assert undo(turn_health_check_back, row)["done"]
    assert inverted()


def test_dns_that_never_changes_fails_the_drill_when_it_has_waited_long_enough(
    step, turn, bare, failover, account
):
    account.weather["route53"].add("stuck", ids=failover)
    turn(bare)
    waiting = routed(step, bare, "secondary", now="2026-11-02T03:20:00Z")
    assert (waiting["done"], waiting["checks"]) == (False, [])
    given_up = routed(step, bare, "secondary", now="2026-11-02T03:20:01Z")
    assert given_up["done"]
    assert verdicts(given_up) == {"DNS answers with the secondary": "FAIL"}
    assert given_up["checks"][0]["observed"] == PRIMARY


def test_a_primary_that_does_not_serve_is_not_failed_over(
    turn, bare, failover, account, inverted, route53
):
    account.weather["route53"].add("unhealthy", ids=failover)
    failovers.answer(bare["target_config"], route53)
    account.clock.advance(90)
    with pytest.raises(DrillRefused, match=f"answered with {SECONDARY}"):
        turn(bare)
    assert not inverted()


def test_a_check_that_turns_other_records_too_is_left_alone(turn, bare, failover, put, inverted):
    put(record_set("192.0.2.7", name="www.example.com", HealthCheckId=failover))
    with pytest.raises(DrillRefused, match=r"turns other records as well: www\.example\.com A"):
        turn(bare)
    assert not inverted()


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([record_set(PRIMARY)], "no PRIMARY and SECONDARY"),
        (
            [
                record_set(PRIMARY, SetIdentifier="1", Failover="PRIMARY"),
                record_set(SECONDARY, SetIdentifier="2", Failover="SECONDARY"),
            ],
            "has no health check that could turn",
        ),
    ],
)
def test_a_record_that_cannot_fail_over_is_refused(turn, bare, put, state_table, records, words):
    put(*records)
    with pytest.raises(DrillRefused, match=words):
        turn(bare)


def test_two_sides_that_look_the_same_are_refused(turn, bare, put, check, state_table):
    put(
        record_set(PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check),
        record_set(PRIMARY, SetIdentifier="2", Failover="SECONDARY"),
    )
    with pytest.raises(DrillRefused, match="have the same values"):
        turn(bare)


def test_a_zone_that_there_is_not_is_refused(turn, bare, state_table):
    bare["target_config"]["hosted_zone"] = "Z0NOWHERE"
    with pytest.raises(DrillRefused, match="Z0NOWHERE"):
        turn(bare)


def test_a_check_that_somebody_changes_meanwhile_is_read_again(route53, failover):
    before = failovers.health_check(failover, route53)
    route53.update_health_check(HealthCheckId=failover, FailureThreshold=5)
    with pytest.raises(Unavailable):
        failovers.invert(before, True, route53)


def test_a_stopped_drill_turns_nothing_and_still_turns_back(
    turn, undo, step, bare, failover, inverted, stop
):
    row = turn(bare)["row"]
    stop()
    for ask in (lambda: turn(bare), lambda: routed(step, bare, "secondary")):
        with pytest.raises(DrillStopped):
            ask()
    undo(turn_health_check_back, row)
    assert undo(turn_health_check_back, row)["done"]
    assert not inverted()


def test_a_check_that_somebody_deleted_has_nothing_to_be_turned_back(
    turn, undo, bare, failover, route53
):
    row = turn(bare)["row"]
    route53.delete_health_check(HealthCheckId=failover)
    assert "no health check" in undo(turn_health_check_back, row)["proof"]


def test_gracefully_the_replica_is_waited_for(turn, record, failover, inverted, beat):
    beat(HERE, "2026-11-02T03:09:30.500Z")
    beat(THERE, "2026-11-02T03:04:30Z")
    waiting = turn(record, mode="graceful")
    assert (waiting["done"], inverted()) == (False, False)
    assert "has not reached 2026-11-02T03:09:30.500Z" in waiting["state"]
    beat(HERE, "2026-11-02T03:14:30Z")
    beat(THERE, "2026-11-02T03:09:30.500Z")
    assert turn(record, mode="graceful")["done"]
    assert inverted()


def test_ungracefully_the_lost_region_is_not_even_asked(turn, record, failover, inverted):
    # There is no table in either Region: asking for it would fail.
    assert turn(record, mode="ungraceful")["done"]
    assert inverted()


def test_an_alias_is_known_by_its_name_or_its_addresses(monkeypatch):
    alias = {"AliasTarget": {"DNSName": "Web.elb.amazonaws.com."}}
    found = [(2, 1, 6, "", ("192.0.2.8", 0))]
    monkeypatch.setattr(failovers.socket, "getaddrinfo", lambda name, port: found)
    assert failovers.serves(alias, ["web.elb.amazonaws.com"])
    assert failovers.serves(alias, ["192.0.2.8"])
    assert not failovers.serves(alias, ["192.0.2.9"])
    assert failovers.ttl_seconds(alias) == 60


def test_a_name_without_addresses_serves_nobody(monkeypatch):
    def unknown(name, port):
        raise OSError("Name or service not known")

    monkeypatch.setattr(failovers.socket, "getaddrinfo", unknown)
    assert failovers.addresses("gone.example.com") == set()
