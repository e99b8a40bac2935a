"""What a manifest must keep to about backups, sentinels, scenarios and the simulation."""

import pytest

from schemas.validation import InvalidDocument
from workflows import systems

TABLE = {"name": "orders", "type": "dynamodb_table", "table": "shop-{environment}-orders"}
BUY = {"name": "buy", "type": "lambda", "function": "shop-{environment}-buy"}
LEDGER = {"name": "ledger", "type": "rds_instance", "instance": "shop-{environment}-ledger"}
RECORD = {
    "name": "front",
    "type": "failover_record",
    "hosted_zone": "Z0123",
    "record": "api.shop.example.com",
    "secondary_region": "us-west-2",
}
OBJECTIVES = {"rto_seconds": 7200, "rpo_seconds": 3600}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
CRON = "cron(0 3 1 * ? *)"


def shop(recovery=None, *extra, **fields):
    return {
        "name": "shop",
        "roles": {"lead": ["arn:aws:iam::123456789012:user/bob"]},
        "environments": [
            {"name": "dev", "stack": "shop-dev"},
            {"name": "live", "stack": "shop-live", "production": True, "region": "us-east-1"},
        ],
        "components": [TABLE, BUY, LEDGER, *extra],
        "recovery": recovery or {},
        **fields,
    }


def scenario(name="data-corruption", **fields):
    described = {"objectives": OBJECTIVES, "target_environment": "dev", "components": ["orders"]}
    return {"scenarios": {name: {**described, **fields}}}


def backups(**fields):
    return {"backups": {"environments": ["live"], "backups": "rate(7 days)", **fields}}


def problems(manifest):
    with pytest.raises(InvalidDocument) as refused:
        systems.validate(manifest)
    return refused.value.problems


GOOD = {
    "backups": {
        "environments": ["live"],
        "components": ["orders", "ledger"],
        "exports": CRON,
        "backups": "rate(7 days)",
        "timezone": "Europe/Vienna",
        "copies": [{"region": "eu-west-1", "kms_key_arn": KEY}],
    },
    "heartbeat": {"schedule": "rate(5 minutes)", "environments": ["live"]},
    "scenarios": {
        **scenario(
            source_environment="live",
            schedule=CRON,
            stop_alarms=["shop-dev-errors"],
            approval={"roles": ["lead"]},
            application_checks=[
                {"name": "reads", "component": "orders", "function": "shop-{environment}-look"}
            ],
        )["scenarios"],
        **scenario("application-error", components=["buy"], opens=["buy"])["scenarios"],
    },
    "simulation": {"schedule": CRON, "teams": [{"name": "shop", "role": "lead"}]},
}


def test_a_manifest_that_keeps_to_all_rules_is_valid():
    sentinel = {**TABLE, "name": "visits", "table": "shop-{environment}-visits"}
    sentinel["sentinel"] = {"id": {"S": "daytwo-sentinel"}}

    assert systems.validate(shop(GOOD, sentinel))["recovery"]["backups"]["exports"] == CRON


REFUSED = [
    (backups(environments=["prod"]), "recovery.backups.environments: the system has no"),
    (backups(environments=[]), "a schedule without environments would back nothing up"),
    (backups(components=["order"]), "no component order; it has orders, buy, ledger"),
    (backups(components=["buy"]), "of buy, a lambda, there are no backups"),
    (backups(timezone="Europe/Wien"), "recovery.backups.timezone: 'Europe/Wien' is no IANA"),
    (backups(backups="rate(1 days)"), "rate(1 days) must be of 1 day or of more than one"),
    (backups(backups="rate(0 days)"), "would run all the time"),
    (backups(backups="cron(0 13 11 * *)"), "has 5 fields, and a cron expression has 6"),
    (backups(backups="cron(0 3 1 * * *)"), "one of day of month and day of week"),
    (backups(backups="cron(0 3 ? * ? *)"), "one of day of month and day of week"),
    (backups(copies=[{"region": "us-east-1"}]), "us-east-1 is where the backups are made"),
    (
        backups(copies=[{"region": "us-west-2", "kms_key_arn": KEY}]),
        "copies.0.kms_key_arn: the key is not in us-west-2",
    ),
    (
        backups(copies=[{"region": "eu-west-1", "bucket": "theirs"}]),
        "copies.0.bucket: theirs does not begin with shop-",
    ),
    (
        backups(copies=[{"region": "eu-west-1"}, {"region": "eu-west-1"}]),
        "copies.1.region: eu-west-1 is there twice",
    ),
    (
        {"heartbeat": {"schedule": "rate(5 minutes)", "environments": ["live"]}},
        "no dynamodb_table of the system has a sentinel",
    ),
    ({"heartbeat": {"environments": ["nowhere"]}}, "recovery.heartbeat.environments: the system"),
    (scenario(target_environment="live"), "target_environment: live is production"),
    (scenario(target_environment="test"), "the system has no environment test"),
    (scenario(source_environment="test"), "source_environment: the system has no environment"),
    (scenario(components=["order"]), "the system has no component order"),
    (scenario(components=["buy"]), "data-corruption does nothing with buy, a lambda"),
    (scenario("application-error", components=["buy"]), "disturbs buy itself in dev"),
    (scenario(opens=["ledger"]), "ledger is none of the scenario's components"),
    (scenario(approval={"roles": ["boss"]}), "approval.roles: boss is not among"),
    (scenario(stop_alarms=["other-errors"]), "other-errors does not begin with shop-"),
    (
        scenario(
            application_checks=[{"name": "n", "component": "orders", "function": "theirs-look"}]
        ),
        "theirs-look does not begin with shop-",
    ),
    (
        scenario(application_checks=[{"name": "n", "component": "buy", "function": "shop-look"}]),
        "application_checks.0.component: buy is none of the scenario's components",
    ),
    (
        scenario(skipped_checks=[{"component": "buy", "check": "item count", "reason": "why"}]),
        "skipped_checks.0.component: buy is none",
    ),
    ({"simulation": {"scenarios": ["az-failure"]}}, "the system has no scenario az-failure"),
    ({"simulation": {"schedule": CRON}}, "the system has no scenarios to play through"),
    (
        {"simulation": {"teams": [{"name": "a", "role": "boss"}]}},
        "simulation.teams.0.role: the system has no role boss; it has lead",
    ),
    (
        {"simulation": {"teams": [{"name": "a", "role": "lead"}] * 2}},
        "simulation.teams.1.name: a is there twice",
    ),
]


@pytest.mark.parametrize(("recovery", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_each_problem_is_named_with_its_field(recovery, words):
    found = problems(shop(recovery))

    assert len(found) == 1, found
    assert words in found[0]


PARTS = [
    ({**TABLE, "name": "a", "table": "shop-a", "sentinel": {"id": "x"}}, "is no key in DynamoDB"),
    ({**BUY, "name": "stack"}, "stack is what each environment's own stack is called"),
    ({"name": "net", "type": "stack", "environments": ["x"]}, "the system has no environment x"),
    ({**RECORD, "table": "buy"}, "buy is no dynamodb_table of the system"),
    ({**RECORD, "table": "orders"}, "the replica of orders is in no other Region"),
    ({**TABLE, "name": "a", "table": "theirs-{environment}"}, "does not begin with shop-"),
]


@pytest.mark.parametrize(("part", "words"), PARTS, ids=[words for _, words in PARTS])
def test_a_component_that_recovery_could_not_use_is_refused(part, words):
    found = problems(shop({}, {"environments": ["dev"], **part}))

    assert any(words in problem for problem in found), found


def test_a_name_is_asked_for_only_where_the_component_is():
    role = {"name": "r", "type": "iam_role", "role": "shop-reader", "environments": ["live"]}

    assert systems.validate(shop({}, role))["components"][-1]["role"] == "shop-reader"


def test_a_records_own_name_need_not_begin_with_the_systems():
    assert systems.validate(shop({}, RECORD))["components"][-1]["record"] == RECORD["record"]


def test_what_is_copied_must_be_in_the_source_and_what_is_disturbed_in_the_target():
    only_live = {**TABLE, "name": "a", "table": "shop-a", "environments": ["live"]}
    recovery = scenario(source_environment="dev", components=["a"])

    assert "a is not in dev" in problems(shop(recovery, only_live))[0]


@pytest.mark.parametrize("name", ["prod", "production"])
def test_prod_is_production_though_the_manifest_does_not_say_so(name):
    environments = [{"name": name, "stack": "shop-live"}]
    recovery = scenario(target_environment=name)

    found = problems(shop(recovery, environments=environments))

    assert f"{name} is production" in found[0]
