"""What moto still lacks of delivery: a test that fails here names a change to take back."""

import pytest
from moto.events.models import EventPattern, EventsBackend, Rule
from moto.scheduler.models import EventBridgeSchedulerBackend
from moto.sns.models import Subscription
from moto_source import still_says

LACKS = {
    "a schedule in no group fails": (
        EventBridgeSchedulerBackend.create_schedule,
        'group = self.schedule_groups[group_name or "default"]',
    ),
    "a change forgets the state": (EventBridgeSchedulerBackend.update_schedule, "state=state,"),
    "a part of a group's name is the group": (
        EventBridgeSchedulerBackend.list_schedules,
        "group.name in group_names",
    ),
    "a group that is not there fails": (
        EventBridgeSchedulerBackend.delete_schedule_group,
        'self.schedule_groups.pop(name or "default")',
    ),
    "rules reach no state machine": (Rule.send_to_targets, "raise NotImplementedError("),
    "rules deliver when disabled": (Rule.send_to_targets, "if not self.event_pattern.matches_ev"),
    "transformers need JSON": (Rule.send_to_targets, "event = EventTemplateParser.parse("),
    "functions run in the publisher's thread": (Subscription.publish, ".send_sns_message("),
    "RawMessageDelivery=false is true": (Subscription.publish, 'get("RawMessageDelivery"):'),
    "web addresses are called": (Subscription.publish, "requests.post("),
    "queues get signed messages": (Subscription.get_post_data, "self.private_key()"),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)


def test_moto_still_hands_every_event_to_a_rule_without_a_pattern():
    assert EventPattern.load(None).matches_event({"source": "daytwo"})


def test_moto_still_fires_no_schedule_and_no_scheduled_rule():
    assert not [name for name in vars(EventBridgeSchedulerBackend) if "invoke" in name]
    assert not [name for name in vars(Rule) if "fire" in name or "schedule" in name.lower()]


def test_moto_still_tells_nobody_of_an_executions_status():
    from moto.stepfunctions.parser.backend import execution

    assert not still_says(execution, "aws.states")


def test_moto_still_lets_anyone_speak_for_aws():
    backend = EventsBackend("us-east-1", "123456789012")
    entry = {"Source": "aws.states", "DetailType": "x", "Detail": "{}"}
    assert "EventId" in backend.put_events([entry])[0]
