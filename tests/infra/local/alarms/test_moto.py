"""What moto still lacks of alarms: a test that fails here names a change to take back."""

import pytest
from moto.cloudwatch import models
from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto_source import still_says

LACKS = {
    "an alarm begins as OK": (Alarm.__init__, 'self.state_value = "OK"'),
    "a changed alarm begins anew": (
        CloudWatchBackend.put_metric_alarm,
        "self.alarms[name] = alarm",
    ),
    "a value is dated by the wall": (
        MetricDatumBase.__init__,
        "self.timestamp = timestamp or utcnow()",
    ),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)


def test_moto_still_evaluates_and_notifies_nothing():
    assert not still_says(models, "sns_backends")
    assert not still_says(Alarm.update_state, "actions")


def test_moto_still_makes_no_composite_alarm():
    assert not hasattr(CloudWatchResponse, "put_composite_alarm")
