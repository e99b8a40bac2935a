"""What moto's Route 53 leaves out: DNS answers, alarms' checks, versions, record sets apart."""

import hashlib
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.route53 import urls
from moto.route53.exceptions import (
    InvalidInput,
    ResourceRecordAlreadyExists,
    Route53ClientError,
)
from moto.route53.models import (
    ChangeList,
    FakeZone,
    HealthCheck,
    HostedZoneIdentifier,
    Route53Backend,
)
from moto.route53.responses import Route53

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.route53.answers import Answer
from infra.local.route53.health import HealthChecks

CHECKERS = (
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
)
GOOD = "Success: HTTP Status Code 200, OK"
BAD = "Failure: Connection timed out. The endpoint or the internet connection is down"
# What only a check of an endpoint has.
OF_ENDPOINTS = (
    "IPAddress",
    "Port",
    "RequestInterval",
    "FailureThreshold",
    "MeasureLatency",
    "EnableSNI",
    "Regions",
)


def install(
    account: Account, checks: HealthChecks, answer: Callable[[Any, str, str], Answer]
) -> None:
    """Mend moto's API until the account stops; `answer` gives DNS's answer from a zone."""
    _answer_queries(account, answer)
    _keep_alarms(account)
    _count_versions(account, checks)
    _tell_statuses(account, checks)
    _keep_record_sets_apart(account)
    # moto's ids are random; those of zones stand in manifests.
    replace(account, HostedZoneIdentifier, "generate", _zone_id)


def _answer_queries(account: Account, answer: Callable[[Any, str, str], Answer]) -> None:
    def test_dns_answer(self: Any) -> ActionResult:
        asked = {name: self._get_param(name) for name in ("HostedZoneId", "RecordName")}
        kind = self._get_param("RecordType")
        zone = self.backend.get_hosted_zone(asked["HostedZoneId"])
        if zone.private_zone:
            raise InvalidInput("Cannot send DNS query to a Private Hosted Zone")
        found = answer(zone, asked["RecordName"], kind)
        result = {
            "Nameserver": zone.delegation_set.name_servers[0],
            "RecordName": asked["RecordName"],
            "RecordType": kind,
            "RecordData": list(found.values),
            "ResponseCode": found.code,
            "Protocol": "UDP",
        }
        return ActionResult(result)

    # moto has no such call.
    replace(account, Route53, "test_dns_answer", test_dns_answer)
    path = r"{0}/(?P<api_version>[\d_-]+)/testdnsanswer$"
    replace(account, urls, "url_paths", {**urls.url_paths, path: Route53.dispatch})


def _keep_alarms(account: Account) -> None:
    def create_health_check(self: Any) -> Any:
        answered = create(self)
        check, config = answered._result["HealthCheck"], self._get_param("HealthCheckConfig")
        check.alarm_identifier = config.get("AlarmIdentifier")
        check.insufficient_data = config.get("InsufficientDataHealthStatus")
        return answered

    def update_health_check(self: Any) -> Any:
        answered = update(self)
        check = answered._result["HealthCheck"]
        check.alarm_identifier = self._get_param("AlarmIdentifier") or check.alarm_identifier
        given = self._get_param("InsufficientDataHealthStatus")
        check.insufficient_data = given or check.insufficient_data
        return answered

    def health_check_config(check: Any) -> dict[str, Any]:
        written: dict[str, Any] = config.fget(check)
        if check.type_ in ("CLOUDWATCH_METRIC", "CALCULATED", "RECOVERY_CONTROL"):
            written = {name: each for name, each in written.items() if name not in OF_ENDPOINTS}
        if check.type_ == "CLOUDWATCH_METRIC":
            written["AlarmIdentifier"] = check.alarm_identifier
            written["InsufficientDataHealthStatus"] = check.insufficient_data
        return written

    # moto forgets the alarm, and gives every check a port.
    create = replace(account, Route53, "create_health_check", create_health_check)
    update = replace(account, Route53, "update_health_check", update_health_check)
    config = replace(account, HealthCheck, "health_check_config", property(health_check_config))
    replace(account, HealthCheck, "alarm_identifier", None)
    replace(account, HealthCheck, "insufficient_data", None)


def _count_versions(account: Account, checks: HealthChecks) -> None:
    def update_health_check(self: Any) -> Any:
        check = self.backend.get_health_check(self._get_param("HealthCheckId"))
        expected = self._get_param("HealthCheckVersion")
        if expected and int(expected) != check.health_check_version:
            raise Route53ClientError(
                "HealthCheckVersionMismatch",
                f"The health check has version {check.health_check_version}, not {expected}",
            )
        checks.changing(check)
        answered = update(self)
        check.health_check_version += 1
        return answered

    def delete_health_check(self: Any, health_check_id: str) -> None:
        self.get_health_check(health_check_id)
        delete(self, health_check_id)

    # moto counts no versions, and deletes what there is not.
    update = replace(account, Route53, "update_health_check", update_health_check)
    delete = replace(account, Route53Backend, "delete_health_check", delete_health_check)


def _tell_statuses(account: Account, checks: HealthChecks) -> None:
    def get_health_check_status(self: Any) -> ActionResult:
        check = self.backend.get_health_check(self._get_param("HealthCheckId"))
        now = account.clock.now().replace(tzinfo=None)
        report = {"Status": GOOD if checks.sound(check) else BAD, "CheckedTime": now}
        observations = [
            {"Region": region, "IPAddress": f"15.177.{number}.1", "StatusReport": report}
            for number, region in enumerate(check.regions or CHECKERS)
        ]
        return ActionResult({"HealthCheckObservations": observations})

    # moto's health checks are always healthy.
    replace(account, Route53, "get_health_check_status", get_health_check_status)


def _keep_record_sets_apart(account: Account) -> None:
    def change_resource_record_sets(
        self: Any, zoneid: str, change_list: list[dict[str, Any]]
    ) -> None:
        zone = self.get_hosted_zone(zoneid)
        before = list(zone.rrsets), ChangeList(zone.rr_changes)
        try:
            for entry in change_list:
                _change(self, zone, entry)
        except Exception:
            zone.rrsets, zone.rr_changes = before
            raise

    def _change(backend: Any, zone: Any, entry: dict[str, Any]) -> None:
        wanted = entry["ResourceRecordSet"]
        key = _key(wanted["Name"], wanted["Type"], wanted.get("SetIdentifier"))
        exists = any(key == _key(one.name, one.type, one.set_identifier) for one in zone.rrsets)
        if entry["Action"] == "CREATE" and exists:
            raise ResourceRecordAlreadyExists(name=wanted["Name"], _type=wanted["Type"])
        others = [one for one in zone.rrsets if key != _key_of(one)]
        change(backend, zone.id, [entry])
        if entry["Action"] == "DELETE":
            zone.rrsets = others
            zone.rr_changes = ChangeList(
                each for each in zone.rr_changes if key != _key_written(each["ResourceRecordSet"])
            )

    # moto deletes all record sets of one identifier, whatever their names, and leaves half of
    # a batch that fails.
    change = replace(
        account, Route53Backend, "change_resource_record_sets", change_resource_record_sets
    )
    replace(account, FakeZone, "delete_rrset_by_id", lambda zone, set_identifier: None)


def _key(name: str, kind: str, identifier: str | None) -> tuple[str, str, str]:
    return name.lower().rstrip("."), kind, identifier or ""


def _key_of(record: Any) -> tuple[str, str, str]:
    return _key(record.name, record.type, record.set_identifier)


def _key_written(wanted: dict[str, Any]) -> tuple[str, str, str]:
    return _key(wanted["Name"], wanted["Type"], wanted.get("SetIdentifier"))


def _zone_id(self: Any, existing_ids: Any = None, tags: Any = None) -> str:
    """Make a zone's id of its name, so that it is the same in each run."""
    number = 0
    while True:
        digest = hashlib.sha256(f"{self.name}{number}".encode()).hexdigest()
        identifier = f"Z{digest[:19].upper()}"
        if identifier not in (existing_ids or []):
            return identifier
        number += 1
