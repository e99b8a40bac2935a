import json

import pytest
from ec2_plans import shop

from tasks import store
from tasks.errors import UnknownEnvironment, UnknownSystem
from tasks.fleets import owners

SHOP = {"System": "shop"}


@pytest.fixture
def registered(dynamodb, state_table):
    """Register manifests; gives the environments."""

    def register(*manifests):
        for manifest in manifests:
            item = {**store.system(manifest["name"]), "manifest": json.dumps(manifest)}
            dynamodb.put_item(TableName=state_table, Item=store.to_item(item))
        return owners.registered(state_table, dynamodb)

    return register


def test_the_rules_for_instances_are_read_from_the_manifest(registered):
    window = {"days": ["sun"], "from": "02:00", "to": "06:00"}
    found = registered(
        shop(production=True, approval={"roles": ["sre"]}, maintenance_windows=[window])
    )
    prod = found["shop/prod"]
    assert (prod.production, prod.roles, prod.expires_seconds) == (True, ["sre"], 86_400)
    assert prod.windows == [{**window, "timezone": "UTC"}]


def test_who_approves_promotions_approves_operations_where_nobody_else_is_named(registered):
    manifest = shop()
    manifest["environments"][0]["approval"] = {"roles": ["sre"], "expires_seconds": 600}
    prod = registered(manifest)["shop/prod"]
    assert (prod.roles, prod.expires_seconds) == (["sre"], 600)


def test_a_manifest_from_before_there_were_rules_for_instances_has_none(registered):
    manifest = shop()
    del manifest["environments"][0]["instances"], manifest["schedules"]
    prod = registered(manifest)["shop/prod"]
    assert (prod.tags, prod.production, prod.windows) == ({}, False, [])


def test_a_request_for_a_system_is_limited_to_its_environment(registered):
    found = registered(shop())
    assert owners.named(found, "shop", "prod") == found["shop/prod"]
    assert owners.named(found, "shop", "") == found["shop/prod"]
    assert owners.named(found, "", "") is None


@pytest.mark.parametrize(
    ("system", "environment", "error", "told"),
    [
        ("other", "prod", UnknownSystem, "daytwo systems list"),
        ("", "prod", UnknownSystem, "none given"),
        ("shop", "qa", UnknownEnvironment, "it has prod"),
    ],
)
def test_what_is_not_registered_is_told_with_what_is(registered, system, environment, error, told):
    with pytest.raises(error, match=told):
        owners.named(registered(shop()), system, environment)


def test_an_environment_that_does_not_say_which_instances_are_its_own_is_told(registered):
    with pytest.raises(UnknownEnvironment, match="shop/prod"):
        owners.named(registered(shop(tags={})), "shop", "prod")


@pytest.mark.parametrize(
    ("tags", "owner", "production"),
    [
        (SHOP, "shop/prod", True),
        ({"System": "other"}, "", False),
        ({}, "", False),
        ({"Environment": "prod"}, "", True),
        ({"environment": "Production"}, "", True),
        ({"Env": "PROD"}, "", True),
        ({"Environment": "preprod"}, "", False),
        ({"Name": "prod"}, "", False),
    ],
)
def test_tags_say_whose_an_instance_is_and_whether_it_is_production(
    registered, tags, owner, production
):
    near = list(registered(shop(production=True)).values())
    assert owners.belonging(tags, near) == (owner, production)


def test_a_tag_makes_production_of_what_the_manifest_does_not(registered):
    near = list(registered(shop()).values())
    assert owners.belonging({**SHOP, "Environment": "prod"}, near) == ("shop/prod", True)


def test_only_environments_of_the_same_region_and_role_own_instances_there(registered):
    manifest = shop()
    here, west, behind = manifest["environments"][0], {}, {}
    west.update(here, name="west", region="us-west-2")
    behind.update(here, name="behind", role_arn="arn:aws:iam::210987654321:role/r")
    found = registered({**manifest, "environments": [here, west, behind]})

    def near(region, role_arn=""):
        places = owners.in_the_same_place(found, region, role_arn, home="us-east-1")
        return [one.environment for one in places]

    assert near("us-east-1") == ["prod"]
    assert near("us-west-2") == ["west"]
    assert near("us-east-1", "arn:aws:iam::210987654321:role/r") == ["behind"]


def test_production_claims_an_instance_before_another_environment_does(registered):
    manifest = shop(production=True)
    test = {**manifest["environments"][0], "name": "test"}
    test["instances"] = {**test["instances"], "production": False}
    found = registered({**manifest, "environments": [test, *manifest["environments"]]})
    near = owners.in_the_same_place(found, "us-east-1", "", home="us-east-1")
    assert owners.belonging(SHOP, near) == ("shop/prod", True)
