"""What moto still lacks of Route 53: a test that fails here names a change to take back."""

import pytest
from moto.route53 import urls
from moto.route53.models import FakeZone, HealthCheck, HostedZoneIdentifier, Route53Backend
from moto.route53.responses import Route53
from moto_source import still_says

LACKS = {
    "the alarm is forgotten": (
        Route53.create_health_check,
        '"regions": config.get("Regions", []),\n        }',
    ),
    "every check has a port": (HealthCheck.__init__, 'health_check_args.get("port") or 80'),
    "what there is not can be deleted": (
        Route53Backend.delete_health_check,
        "self.health_checks.pop(health_check_id, None)",
    ),
    "all checks are healthy": (Route53.get_health_check_status, '"IPAddress": "127.0.13.37"'),
    "one identifier is one record set": (
        FakeZone.delete_rrset_by_id,
        "if record_set.set_identifier != set_identifier",
    ),
    "ids are random": (HostedZoneIdentifier.generate, "create_route53_zone_id("),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)


def test_moto_still_has_no_dns_answers():
    assert not hasattr(Route53, "test_dns_answer")
    assert not any("testdnsanswer" in path for path in urls.url_paths)


def test_moto_still_counts_no_versions():
    assert not still_says(Route53Backend.update_health_check, "health_check_version")
