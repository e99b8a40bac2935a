"""What a request for a drill means by the manifest, and every reason why it must not be."""

import re

import pytest
from drill_systems import environment, request, scenario, system
from hypothesis import given
from hypothesis import strategies as st

from tasks.drills import choices


def problems(manifest, asked):
    return choices.chosen(manifest, asked)[1]


def test_a_scenario_says_who_takes_part_and_where():
    choice, found = choices.chosen(system(), request())
    assert found == []
    assert (choice.source["name"], choice.target["name"]) == ("prod", "dev")
    assert [entry["name"] for entry in choice.entries] == ["items"]
    assert choice.left_out == []


def test_a_request_names_other_places_and_fewer_components():
    manifest = system({"data-corruption": scenario("items", "orders")})
    asked = request(
        source_environment="staging", target_environment="staging", components=["orders"]
    )
    choice, found = choices.chosen(manifest, asked)
    assert found == []
    assert (choice.source["name"], choice.target["name"]) == ("staging", "staging")
    assert [entry["name"] for entry in choice.entries] == ["orders"]
    assert choice.left_out == ["items"]


@pytest.mark.parametrize(
    ("manifest", "asked", "told"),
    [
        (system(), request(target_environment="prod"), "prod is production: no drill"),
        (
            system(environments=("dev", environment("live", production=True), "prod")),
            request(target_environment="live"),
            "live is production",
        ),
        (system(), request("region-outage"), "has no scenario region-outage; it has data-corr"),
        (system(), request(target_environment="qa"), "no environment qa; it has dev, staging"),
        (system(), request(components=["orders"]), "orders is no component of the scenario"),
        (
            system({"data-corruption": scenario("items", "gone")}),
            request(),
            "names gone, which is no component of feedback",
        ),
        (
            system({"data-corruption": scenario("api")}),
            request(),
            "api is a lambda, with which data-corruption has no steps: it has them for",
        ),
        (
            system({"az-failure": scenario("web")}),
            request("az-failure"),
            "add it to recovery.scenarios.az-failure.opens",
        ),
        (
            system(
                components=[
                    {
                        "name": "items",
                        "type": "dynamodb_table",
                        "table": "feedback-{environment}-items",
                        "environments": ["dev"],
                    }
                ]
            ),
            request(),
            "items is not in prod",
        ),
    ],
)
def test_each_of_these_is_refused(manifest, asked, told):
    (found,) = problems(manifest, asked)
    assert told in found


def test_every_problem_is_told_at_once():
    manifest = system({"data-corruption": scenario("api", "gone", "items")})
    found = problems(manifest, request(target_environment="prod"))
    assert len(found) == 3


def test_a_scenario_with_nothing_in_it_is_refused():
    manifest = system()
    manifest["recovery"]["scenarios"]["data-corruption"]["components"] = []
    assert problems(manifest, request()) == [
        "No component takes part: a drill of nothing proves nothing"
    ]


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)


@given(NAMES)
def test_the_name_of_a_copy_fits_every_service(name):
    copy = choices.copy_name("drill-1f0c2a9b", name)
    assert re.fullmatch(r"drill-[0-9a-f]{8}-[a-z0-9-]*[a-z0-9]", copy)
    assert "--" not in copy
    assert len(copy) <= 61


def test_long_names_that_begin_alike_stay_apart():
    names = ["a" * 60 + end for end in "bc"]
    assert len({choices.copy_name("drill-1f0c2a9b", name) for name in names}) == 2


def test_the_prefix_is_the_executions_own():
    found = {choices.prefix(f"arn:aws:states:1:2:execution:m:{number}") for number in range(100)}
    assert len(found) == 100
    assert all(re.fullmatch("drill-[0-9a-f]{8}", one) for one in found)


ENTRY = {
    "name": "entry",
    "type": "failover_record",
    "hosted_zone": "Z1",
    "record": "api.example.com",
    "secondary_region": "us-west-2",
}
GROUP = {"name": "web", "type": "auto_scaling_group", "group": "web"}
EAST, WEST = {"region": "us-east-1"}, {"region": "us-west-2"}
OTHERS = {"account": "111111111111"}, {"account": "222222222222"}


@pytest.mark.parametrize(
    ("entry", "dev", "prod", "refused"),
    [
        (ENTRY, {}, {}, True),
        (ENTRY, EAST, WEST, True),
        (ENTRY, *OTHERS, False),
        ({**ENTRY, "record": "{environment}.example.com"}, {}, {}, False),
        ({**ENTRY, "environments": ["dev"]}, {}, {}, False),
        (GROUP, {}, {}, True),
        (GROUP, EAST, {}, True),
        (GROUP, EAST, WEST, False),
        ({**GROUP, "group": "web-{environment}"}, {}, {}, False),
    ],
)
def test_what_may_be_production_s_own_is_not_disturbed(entry, dev, prod, refused):
    drilled = "region-outage" if entry["name"] == "entry" else "az-failure"
    manifest = system(
        environments=(environment("dev", **dev), environment("prod", **prod)),
        components=[entry],
        recovery={"scenarios": {drilled: scenario(entry["name"], opens=[entry["name"]])}},
    )
    found = problems(manifest, request(drilled))
    assert any("the same name there as in dev" in problem for problem in found) is refused
    assert bool(found) is refused
