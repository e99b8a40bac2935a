import itertools

import manifests
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.validation import check
from tasks import plans
from tasks.errors import InvalidManifest

ACCOUNT = "123456789012"


def lay_out(system=None, release=None, at=0, **environment):
    if environment:
        system = manifests.system(manifests.environment("dev", **environment))
    system = system or manifests.system()
    return plans.lay_out(
        system,
        system["environments"][at],
        release or manifests.release(),
        manifests.DIGEST,
        ACCOUNT,
    )


def traffic(**fields):
    return lay_out(traffic=fields)


def ways(made):
    return [(step["from"], step["to"]) for step in made["steps"]]


def waits(pause):
    return [check["wait_seconds"] for check in pause["checks"]]


def test_a_plan_answers_to_its_schema():
    check(manifests.plan(), "plan")


@pytest.mark.parametrize(
    ("given_traffic", "expected"),
    [
        ({}, [(0, 10), (10, 50), (50, 100)]),
        ({"strategy": "canary", "steps": [5]}, [(0, 5), (5, 100)]),
        ({"strategy": "canary", "steps": [100]}, [(0, 100)]),
        ({"strategy": "linear", "percent": 25}, [(0, 25), (25, 50), (50, 75), (75, 100)]),
        ({"strategy": "linear", "percent": 40}, [(0, 40), (40, 80), (80, 100)]),
        ({"strategy": "all_at_once"}, [(0, 100)]),
    ],
)
def test_each_strategy_has_its_steps(given_traffic, expected):
    assert ways(traffic(**given_traffic)) == expected


@pytest.mark.parametrize("steps", [[50, 50, 100], [50, 10], [100, 50], [10, 100, 100]])
def test_a_canary_that_does_not_rise_is_refused(steps):
    with pytest.raises(InvalidManifest, match="do not rise"):
        traffic(strategy="canary", steps=steps)


def test_a_step_is_named_by_the_share_it_ends_with():
    assert [step["name"] for step in lay_out()["steps"]] == ["10 %", "50 %", "100 %"]


@pytest.mark.parametrize(
    ("interval", "every", "expected"),
    [
        (300, 60, [60] * 5),
        (100, 60, [60, 40]),
        (30, 60, [30]),
        (60, 60, [60]),
        (1, 1, [1]),
    ],
)
def test_an_interval_is_split_into_looks_of_which_the_last_decides(interval, every, expected):
    made = traffic(interval_seconds=interval, check_seconds=every)
    first = made["steps"][0]
    assert waits(first) == expected
    assert [entry["last"] for entry in first["checks"]] == [False] * (len(expected) - 1) + [True]


def test_after_the_last_step_the_bake_follows_instead_of_checks():
    made = lay_out(bake={"seconds": 90, "check_seconds": 60})
    assert made["steps"][-1]["checks"] == []
    assert waits(made["bake"]) == [60, 30]


def test_a_pause_of_nothing_still_has_one_look():
    assert plans.checks({"seconds": 0, "check_seconds": 60}, 10) == [
        {"wait_seconds": 0, "last": True}
    ]


strategies = st.one_of(
    st.fixed_dictionaries({"strategy": st.just("linear"), "percent": st.integers(5, 50)}),
    st.fixed_dictionaries(
        {
            "strategy": st.just("canary"),
            "steps": st.lists(st.integers(1, 100), min_size=1, max_size=20, unique=True).map(
                sorted
            ),
        }
    ),
    st.just({"strategy": "all_at_once"}),
)
seconds = st.integers(1, 86_400)


@given(strategies, seconds, seconds, seconds, seconds)
def test_the_law_of_steps(strategy, interval, every, bake, bake_every):
    made = lay_out(
        traffic={**strategy, "interval_seconds": interval, "check_seconds": every},
        bake={"seconds": bake, "check_seconds": bake_every},
    )
    weights = [0, *(step["to"] for step in made["steps"])]
    assert all(low < high for low, high in itertools.pairwise(weights))
    assert weights[-1] == 100
    assert [step["from"] for step in made["steps"]] == weights[:-1]
    pauses = [*made["steps"][:-1], made["bake"]]
    for pause, length in zip(pauses, [interval] * (len(pauses) - 1) + [bake], strict=True):
        assert sum(waits(pause)) == length
        assert [entry["last"] for entry in pause["checks"]].index(True) == len(waits(pause)) - 1
    assert sum(len(waits(pause)) for pause in pauses) <= plans.MOST_CHECKS


def test_names_take_the_environment_and_daytwos_account():
    made = lay_out(at=2)
    assert made["functions"][0]["function"] == "shop-prod-buy"
    assert made["site"]["bucket"] == f"shop-prod-site-{ACCOUNT}"


def test_an_environment_with_an_account_of_its_own_gives_its_name():
    made = lay_out(
        account="210987654321",
        region="eu-central-1",
        role_arn="arn:aws:iam::210987654321:role/daytwo",
    )
    assert made["site"]["bucket"] == "shop-dev-site-210987654321"
    assert made["target"] == {
        "region": "eu-central-1",
        "role_arn": "arn:aws:iam::210987654321:role/daytwo",
    }


def test_functions_come_in_the_systems_order_with_their_keys():
    functions = lay_out()["functions"]
    assert [entry["component"] for entry in functions] == ["buy", "browse"]
    assert functions[0]["key"] == "releases/shop/1.1.0/functions/buy.zip"
    assert functions[0]["alias"] == "live"


def test_a_function_that_the_release_does_not_bring_is_left_as_it_is():
    brought = [{"component": "browse", **manifests.file("functions/browse.zip", bytes=1)}]
    made = lay_out(release=manifests.release(functions=brought))
    assert [entry["component"] for entry in made["functions"]] == ["browse"]


def test_a_function_that_the_system_does_not_have_is_refused():
    brought = [{"component": "sell", **manifests.file("functions/sell.zip", bytes=1)}]
    with pytest.raises(InvalidManifest, match=r"brings sell, .* it has browse, buy"):
        lay_out(release=manifests.release(functions=brought))


def test_a_site_is_no_function():
    brought = [{"component": "site", **manifests.file("functions/site.zip", bytes=1)}]
    with pytest.raises(InvalidManifest, match="brings site"):
        lay_out(release=manifests.release(functions=brought))


def test_a_site_goes_under_the_releases_prefix_with_paths_of_its_own():
    site = lay_out()["site"]
    assert site["source_prefix"] == "releases/shop/1.1.0/site/"
    assert site["prefix"] == "releases/1.1.0/"
    assert [(entry["key"], entry["path"]) for entry in site["files"]] == [
        ("releases/shop/1.1.0/site/index.html", "index.html"),
        ("releases/shop/1.1.0/site/a/app.js", "a/app.js"),
    ]


def test_a_release_without_a_site_leaves_the_site_as_it_is():
    release = manifests.release()
    del release["site"]
    assert lay_out(release=release)["site"] == plans.NO_SITE


def test_a_site_without_its_entry_page_is_refused():
    release = manifests.release()
    del release["site"]["files"][0]
    with pytest.raises(InvalidManifest, match=r"lacks index\.html"):
        lay_out(release=release)


def test_the_stack_gets_the_environments_parameters_and_the_releases():
    made = lay_out(parameters={"Environment": "{environment}", "FunctionMemory": "256"})
    assert made["stack"]["parameters"] == {"Environment": "dev", "FunctionMemory": "256"}


def test_a_release_does_not_override_what_the_environment_owns():
    with pytest.raises(InvalidManifest, match="dev owns: FunctionMemory"):
        lay_out(parameters={"FunctionMemory": "128"})


def test_alarms_and_checks_say_what_healthy_means():
    made = lay_out(
        alarms=[{"name": "shop-{environment}-errors", "without_data": "healthy"}],
        health_checks=[{"component": "buy", "payload": {"a": 1}}],
    )
    assert made["health"] == {
        "alarms": [{"name": "shop-dev-errors", "without_data": "healthy"}],
        "checks": [
            {
                "component": "buy",
                "function": "shop-dev-buy",
                "alias": "live",
                "payload": {"a": 1},
                "expect_status": 200,
            }
        ],
    }


def test_a_health_check_of_an_unknown_function_is_refused():
    with pytest.raises(InvalidManifest, match="asks sell"):
        lay_out(health_checks=[{"component": "sell"}])


@pytest.mark.parametrize(("roles", "required"), [([], False), (["release-manager"], True)])
def test_approval_is_asked_for_where_the_policy_names_a_role(roles, required):
    made = lay_out(approval={"roles": roles, "expires_seconds": 300})
    assert made["approval"] == {"required": required, "roles": roles, "expires_seconds": 300}


def test_a_success_starts_what_the_manifest_says():
    system = manifests.system(
        manifests.environment("dev", promote_to="staging"), manifests.environment("staging")
    )
    assert lay_out(system)["next_environment"] == "staging"
    assert lay_out(system, at=1)["next_environment"] == ""
