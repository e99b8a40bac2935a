"""Rules hand events to their targets."""

import json

import pytest

from infra.local.account import ACCOUNT_ID, REGION

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:watch"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/trigger"
SUCCEEDED = {"source": ["daytwo"], "detail-type": ["Promotion Succeeded"]}
DONE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})


@pytest.fixture
def machine(account):
    states = account.client("stepfunctions")
    return states.create_state_machine(name="promotion", definition=DONE, roleArn=ROLE)[
        "stateMachineArn"
    ]


def test_a_rule_starts_a_state_machine_with_the_event(account, machine, functions, rule, put):
    rule("next", {"Arn": machine, "RoleArn": ROLE}, SUCCEEDED)
    ended = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}
    rule("ended", {"Arn": FUNCTION}, ended)
    put({"release": "1.1.0"})
    _, event = functions.next()
    got = json.loads(event["detail"]["input"])
    assert got["detail"] == {"release": "1.1.0"}
    assert got["detail-type"] == "Promotion Succeeded"
    assert got["time"].endswith("Z")
    assert set(got) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
    }  # fmt: skip


def test_a_transformer_writes_the_machines_input(machine, functions, rule, put):
    transformer = {
        "InputPathsMap": {"system": "$.detail.system", "steps": "$.detail.steps", "no": "$.no"},
        "InputTemplate": '{"system": <system>, "why": "after <system>", "s": <steps>, "n": <no>}',
    }
    rule("next", {"Arn": machine, "RoleArn": ROLE, "InputTransformer": transformer}, SUCCEEDED)
    rule("ended", {"Arn": FUNCTION}, {"source": ["aws.states"], "detail": {"status": ["RUNNING"]}})
    put({"system": 'a "b"', "steps": [10, {"x": None}]})
    got = json.loads(functions.next()[1]["detail"]["input"])
    assert got == {"system": 'a "b"', "why": 'after a "b"', "s": [10, {"x": None}], "n": ""}


def test_a_transformer_knows_the_rule_and_the_whole_event(functions, rule, put):
    template = '{"rule": "<aws.events.rule-name>", "event": <aws.events.event.json>}'
    rule("named", {"Arn": FUNCTION, "InputTransformer": {"InputTemplate": template}}, SUCCEEDED)
    put({"a": 1})
    _, got = functions.next()
    assert got["rule"] == "named"
    assert got["event"]["detail"] == {"a": 1}


def test_a_path_hands_on_a_part_and_an_input_a_constant(functions, rule, put):
    rule("part", {"Arn": FUNCTION, "InputPath": "$.detail"}, {"source": ["one"]})
    rule("constant", {"Arn": FUNCTION, "Input": '{"fixed": true}'}, {"source": ["two"]})
    put({"a": 1}, source="one")
    assert functions.next() == (FUNCTION, {"a": 1})
    put({"a": 1}, source="two")
    assert functions.next() == (FUNCTION, {"fixed": True})


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ({"env": [{"prefix": "pr"}]}, {"env": "prod"}, {"env": "dev"}),
        ({"env": [{"anything-but": ["dev"]}]}, {"env": "prod"}, {"env": "dev"}),
        ({"env": [{"anything-but": {"prefix": "d"}}]}, {"env": "prod"}, {"env": "dev"}),
        ({"next": [{"exists": True}]}, {"next": "x"}, {"other": "x"}),
        ({"next": [{"exists": False}]}, {"other": "x"}, {"next": "x"}),
        ({"share": [{"numeric": [">", 0, "<=", 5]}]}, {"share": 5}, {"share": 5.1}),
        ({"env": ["staging", "prod"]}, {"env": "prod"}, {"env": "dev"}),
    ],
)
def test_a_pattern_chooses_by_the_detail(functions, rule, put, pattern, matching, other):
    rule("chosen", {"Arn": FUNCTION, "InputPath": "$.detail"}, {"detail": pattern})
    put(other)
    put(matching)
    assert functions.next() == (FUNCTION, matching)


def test_a_disabled_rule_and_a_schedule_take_no_event(functions, rule, put):
    rule("off", {"Arn": FUNCTION, "Input": '"off"'}, SUCCEEDED, State="DISABLED")
    rule("yearly", {"Arn": FUNCTION, "Input": '"due"'}, ScheduleExpression="rate(365 days)")
    rule("on", {"Arn": FUNCTION, "Input": '"on"'}, SUCCEEDED)
    put({})
    put({})
    assert [functions.next()[1] for _ in range(2)] == ["on", "on"]


def test_events_reach_a_target_in_order(functions, rule, put):
    rule("all", {"Arn": FUNCTION, "InputPath": "$.detail.n"}, SUCCEEDED)
    for number in range(20):
        put({"n": number})
    assert [functions.next()[1] for _ in range(20)] == list(range(20))


def test_a_rule_reaches_a_queue_a_topic_and_a_log_group(account, rule, put, make_queue, receive):
    url, arn = make_queue("direct")
    rule("queue", {"Arn": arn, "InputPath": "$.detail"}, SUCCEEDED)
    topic = account.client("sns").create_topic(Name="news")["TopicArn"]
    news_url, news_arn = make_queue("news")
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=news_arn)
    rule("topic", {"Arn": topic, "InputPath": "$.detail"}, SUCCEEDED)
    account.client("logs").create_log_group(logGroupName="/events")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/events"
    rule("log", {"Arn": group, "InputPath": "$.detail"}, SUCCEEDED)
    put({"a": 1})
    assert json.loads(receive(url)["Body"]) == {"a": 1}
    assert json.loads(json.loads(receive(news_url)["Body"])["Message"]) == {"a": 1}
    until_logged = account.client("logs").filter_log_events
    for _ in range(100):
        if found := until_logged(logGroupName="/events")["events"]:
            break
    assert json.loads(found[0]["message"]) == {"a": 1}


def test_a_rule_hands_an_event_on_to_another_bus(account, functions, rule, put):
    bus = account.client("events").create_event_bus(Name="other")["EventBusArn"]
    rule("over", {"Arn": bus, "RoleArn": ROLE}, SUCCEEDED)
    rule("there", {"Arn": FUNCTION}, SUCCEEDED, EventBusName="other")
    put({"a": 1})
    _, event = functions.next()
    assert (event["source"], event["detail"]) == ("daytwo", {"a": 1})


def test_an_event_that_a_target_refuses_goes_to_the_dead_letter_queue(
    rule, put, make_queue, receive
):
    url, arn = make_queue("dead-letters")
    missing = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:missing"
    made = rule(
        "lost", {"Arn": missing, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": arn}}, SUCCEEDED
    )
    put({"a": 1})
    letter = receive(url)
    assert json.loads(letter["Body"])["detail"] == {"a": 1}
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert told["RULE_ARN"] == made
    assert told["TARGET_ARN"] == missing
    assert told["ERROR_CODE"] == "StateMachineDoesNotExist"


def test_a_target_that_is_busy_is_tried_again(functions, rule, put, monkeypatch):
    from botocore.exceptions import ClientError

    busy = [True, True]
    invoke = functions.invoke

    def refuse_first(**request):
        if busy and busy.pop():
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
        invoke(**request)

    monkeypatch.setattr(functions, "invoke", refuse_first)
    rule("retried", {"Arn": FUNCTION, "InputPath": "$.detail"}, SUCCEEDED)
    put({"a": 1})
    assert functions.next() == (FUNCTION, {"a": 1})
    assert not busy


def test_a_scheduled_rule_fires_on_the_accounts_clock(functions, rule):
    arn = rule("often", {"Arn": FUNCTION}, ScheduleExpression="rate(1 minute)")
    first, second = functions.next()[1], functions.next()[1]
    assert first["source"] == "aws.events"
    assert first["detail-type"] == "Scheduled Event"
    assert first["resources"] == [arn]
    assert first["time"] < second["time"]


def test_nobody_speaks_for_aws(account, functions, rule, put):
    rule("aborted", {"Arn": FUNCTION, "InputPath": "$.detail"}, {"source": ["aws.states", "own"]})
    event = {"Source": "aws.states", "DetailType": "x", "Detail": '{"n": 1}'}
    own = {**event, "Source": "own", "Detail": '{"n": 2}'}
    answer = account.client("events").put_events(Entries=[event, own])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert "EventId" in answer["Entries"][1]
    assert functions.next() == (FUNCTION, {"n": 2})
