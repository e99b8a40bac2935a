"""A record that fails over: its PRIMARY and SECONDARY, and the health check that decides."""

import socket
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tasks.errors import DrillRefused, TaskError, Unavailable
from tasks.runtime import raising

HEALTH_CHECKS = "arn:${AWS::Partition}:route53:::healthcheck/*"
ZONES = "arn:${AWS::Partition}:route53:::hostedzone/*"
ERRORS: dict[str, type[TaskError]] = {
    "NoSuchHostedZone": DrillRefused,
    "NoSuchHealthCheck": DrillRefused,
    # Such as a private zone, which answers to nobody outside of its networks.
    "InvalidInput": DrillRefused,
    # Somebody changed it since it was read: the next delivery reads it again.
    "HealthCheckVersionMismatch": Unavailable,
}
# Route 53 answers for an alias with the target's time to live; this is that of load balancers.
ALIAS_TTL_SECONDS = 60
# Health of these is set by a routing control, not by the check itself.
CONTROLLED = "RECOVERY_CONTROL"

Record = dict[str, Any]


class Sides(NamedTuple):
    """The two record sets; `sharing` names others of the zone with the PRIMARY's health check."""

    primary: Record
    secondary: Record
    sharing: list[str]


def place(target: Mapping[str, str], config: Mapping[str, Any]) -> dict[str, str]:
    """Give the secondary's Region of an environment: a drill that loses a Region runs from there.

    Amazon Route 53 Application Recovery Controller, "Best practices": do not depend on the
    Region that is lost.
    """
    return {**target, "region": config["secondary_region"]}


def sides(config: Mapping[str, Any], route53: Any) -> Sides:
    """Find the two record sets of a failover record.

    Raises DrillRefused where it has no PRIMARY with a health check, or no SECONDARY, or where
    nobody could tell the one's answer from the other's.
    """
    zone = config["hosted_zone"]
    with raising(ERRORS, f"hosted zone {zone}"):
        pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
        records = [record for page in pages for record in page["ResourceRecordSets"]]
    named = f"{config['record']} {config['record_type']} in {zone}"
    own = {
        one["Failover"]: one
        for one in records
        if _named(one) == (_plain(config["record"]), config["record_type"]) and "Failover" in one
    }
    if "PRIMARY" not in own or "SECONDARY" not in own:
        raise DrillRefused(f"{named} has no PRIMARY and SECONDARY of failover routing")
    primary, secondary = own["PRIMARY"], own["SECONDARY"]
    if not primary.get("HealthCheckId"):
        raise DrillRefused(f"The PRIMARY of {named} has no health check that could turn")
    if set(values(primary)) & set(values(secondary)):
        raise DrillRefused(f"PRIMARY and SECONDARY of {named} have the same values")
    sharing = [
        f"{_plain(one['Name'])} {one['Type']}"
        for one in records
        if one.get("HealthCheckId") == primary["HealthCheckId"] and one is not primary
    ]
    return Sides(primary, secondary, sharing)


def health_check(identifier: str, route53: Any) -> dict[str, Any]:
    """Describe a health check; raises DrillRefused where there is none."""
    with raising(ERRORS, f"health check {identifier}"):
        found: dict[str, Any] = route53.get_health_check(HealthCheckId=identifier)["HealthCheck"]
    return found


def invert(check: Mapping[str, Any], inverted: bool, route53: Any) -> None:
    """Set whether a health check is inverted, if nobody has changed it since it was read."""
    with raising(ERRORS, f"health check {check['Id']}"):
        route53.update_health_check(
            HealthCheckId=check["Id"],
            HealthCheckVersion=check["HealthCheckVersion"],
            Inverted=inverted,
        )


def is_inverted(check: Mapping[str, Any]) -> bool:
    """Tell whether a health check says the opposite of what its checkers see."""
    return bool(check["HealthCheckConfig"].get("Inverted", False))


def answer(config: Mapping[str, Any], route53: Any) -> list[str]:
    """Ask Route 53 what it answers to a query of the record now."""
    with raising(ERRORS, config["record"]):
        reply = route53.test_dns_answer(
            HostedZoneId=config["hosted_zone"],
            RecordName=config["record"],
            RecordType=config["record_type"],
        )
    return [_plain(value) for value in reply["RecordData"]]


def values(record: Mapping[str, Any]) -> list[str]:
    """Give what a record set answers with; of an alias, the name that it stands for."""
    if "AliasTarget" in record:
        return [_plain(record["AliasTarget"]["DNSName"])]
    return [_plain(each["Value"]) for each in record["ResourceRecords"]]


def serves(record: Mapping[str, Any], answered: Sequence[str]) -> bool:
    """Tell whether an answer is this record set's.

    For an alias Route 53 answers with the addresses of what it stands for, which are looked up.
    """
    if set(values(record)) & set(answered):
        return True
    if "AliasTarget" not in record:
        return False
    return bool(addresses(values(record)[0]) & set(answered))


def addresses(name: str) -> set[str]:
    """Give the addresses of a name as resolvers have them now; none where there is no such name."""
    try:
        return {str(entry[4][0]).lower() for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return set()


def ttl_seconds(record: Mapping[str, Any]) -> int:
    """Tell for how long a resolver keeps an answer, in seconds."""
    return int(record.get("TTL", ALIAS_TTL_SECONDS))


def _named(record: Mapping[str, Any]) -> tuple[str, str]:
    return _plain(record["Name"]), record["Type"]


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
