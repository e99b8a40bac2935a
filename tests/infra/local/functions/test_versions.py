"""Versions, aliases, weights, revisions."""

import base64
import hashlib
from collections import Counter

import pytest
from botocore.exceptions import ClientError

VERSION = "def handler(event, context): return {version!r}, context.function_version"


def publish(cloud, name, version):
    """Bring code that answers with a word, and publish it."""
    cloud.update(name, VERSION.format(version=version))
    return cloud.client("lambda").publish_version(FunctionName=name)


@pytest.fixture
def lambdas(cloud):
    """Lambda's client."""
    return cloud.client("lambda")


def refused(code):
    """Expect an AWS error by its code."""
    return pytest.raises(ClientError, match=code)


def test_a_version_keeps_its_code_and_settings(cloud, lambdas):
    cloud.create("kept", VERSION.format(version="one"), Environment={"Variables": {"A": "1"}})
    first = lambdas.publish_version(FunctionName="kept")
    cloud.update("kept", VERSION.format(version="two"))
    lambdas.update_function_configuration(FunctionName="kept", Timeout=9)

    answer, reply = cloud.invoke("kept", Qualifier="1")
    config = lambdas.get_function_configuration(FunctionName="kept", Qualifier="1")

    assert answer == ["one", "1"]
    assert reply["ExecutedVersion"] == "1"
    assert cloud.invoke("kept")[0] == ["two", "$LATEST"]
    assert config["CodeSha256"] == first["CodeSha256"]
    assert config["Timeout"] == 10
    assert config["FunctionArn"].endswith(":kept:1")
    assert (config["State"], config["LastUpdateStatus"]) == ("Active", "Successful")


def test_publishing_what_is_published_gives_the_same_version(cloud, lambdas):
    cloud.create("same", VERSION.format(version="one"))
    first = lambdas.publish_version(FunctionName="same")
    cloud.update("same", VERSION.format(version="one"))

    again = lambdas.publish_version(FunctionName="same", Description="another time")

    assert again["Version"] == first["Version"] == "1"
    assert publish(cloud, "same", "two")["Version"] == "2"


def test_the_number_of_a_deleted_version_is_not_used_again(cloud, lambdas):
    cloud.create("numbered", VERSION.format(version="one"))
    lambdas.publish_version(FunctionName="numbered")
    publish(cloud, "numbered", "two")
    lambdas.delete_function(FunctionName="numbered", Qualifier="2")

    assert publish(cloud, "numbered", "three")["Version"] == "3"


def test_publishing_asks_for_the_code_that_was_checked(cloud, lambdas):
    cloud.create("checked", VERSION.format(version="one"))
    right = lambdas.get_function_configuration(FunctionName="checked")["CodeSha256"]
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    with refused("InvalidParameterValueException"):
        lambdas.publish_version(FunctionName="checked", CodeSha256=wrong)
    published = lambdas.publish_version(FunctionName="checked", CodeSha256=right)

    assert published["CodeSha256"] == right


def test_each_change_gives_a_function_a_new_revision(cloud, lambdas):
    revisions = [cloud.create("revised", VERSION.format(version="one"))["RevisionId"]]
    revisions.append(cloud.update("revised", VERSION.format(version="two"))["RevisionId"])
    changed = lambdas.update_function_configuration(FunctionName="revised", Timeout=9)
    revisions.append(changed["RevisionId"])

    assert len(set(revisions)) == 3
    read = lambdas.get_function(FunctionName="revised")["Configuration"]["RevisionId"]
    assert read == revisions[-1]


def test_a_change_by_who_has_not_seen_the_last_one_is_refused(cloud, lambdas):
    stale = cloud.create("raced", VERSION.format(version="one"))["RevisionId"]
    cloud.update("raced", VERSION.format(version="two"))

    with refused("PreconditionFailedException"):
        cloud.update("raced", VERSION.format(version="three"), RevisionId=stale)
    with refused("PreconditionFailedException"):
        lambdas.publish_version(FunctionName="raced", RevisionId=stale)
    with refused("PreconditionFailedException"):
        lambdas.update_function_configuration(FunctionName="raced", Timeout=5, RevisionId=stale)
    assert cloud.invoke("raced")[0][0] == "two"


def test_updating_and_publishing_at_once_answers_with_the_version(cloud, lambdas):
    cloud.create("at-once", VERSION.format(version="one"))

    updated = cloud.update("at-once", VERSION.format(version="two"), Publish=True)

    assert updated["Version"] == "1"
    assert cloud.invoke("at-once", Qualifier="1")[0] == ["two", "1"]


@pytest.fixture(scope="module")
def shop(cloud):
    """A function with versions 1 and 2 and the alias `live` on version 1."""
    cloud.create("shop", VERSION.format(version="one"))
    cloud.client("lambda").publish_version(FunctionName="shop")
    publish(cloud, "shop", "two")
    cloud.client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    return "shop"


def shift(lambdas, weights, version="1", **settings):
    """Set the alias's version and weights."""
    return lambdas.update_alias(
        FunctionName="shop",
        Name="live",
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": weights},
        **settings,
    )


def test_an_alias_leads_to_its_version(cloud, lambdas, shop):
    shift(lambdas, {})

    answer, reply = cloud.invoke(shop, Qualifier="live")
    config = lambdas.get_function_configuration(FunctionName=shop, Qualifier="live")

    assert answer == ["one", "1"]
    assert reply["ExecutedVersion"] == "1"
    assert config["Version"] == "1"
    assert config["FunctionArn"].endswith(":shop:live")
    assert cloud.invoke("shop:live")[0] == answer
    assert cloud.invoke(f"{config['FunctionArn']}")[0] == answer


def test_an_alias_shares_requests_by_weight(cloud, lambdas, shop, monkeypatch):
    import random

    shift(lambdas, {"2": 0.25})
    points = iter([0.0, 0.2, 0.3, 0.99])
    monkeypatch.setattr(random, "random", lambda: next(points))

    served = [cloud.invoke(shop, Qualifier="live")[1]["ExecutedVersion"] for _ in range(4)]

    assert Counter(served) == {"2": 2, "1": 2}


def test_an_alias_tells_its_weights_until_they_are_taken_back(lambdas, shop):
    shift(lambdas, {"2": 0.5})
    weighted = lambdas.get_alias(FunctionName=shop, Name="live")
    shift(lambdas, {}, version="2")
    plain = lambdas.get_alias(FunctionName=shop, Name="live")

    assert weighted["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.5}}
    assert "RoutingConfig" not in plain
    assert plain["FunctionVersion"] == "2"


def test_an_alias_moves_only_for_who_has_seen_it_last(lambdas, shop):
    seen = shift(lambdas, {})["RevisionId"]
    moved = shift(lambdas, {"2": 0.1}, RevisionId=seen)["RevisionId"]

    with refused("PreconditionFailedException"):
        shift(lambdas, {"2": 0.5}, RevisionId=seen)

    alias = lambdas.get_alias(FunctionName=shop, Name="live")
    assert alias["RevisionId"] == moved != seen
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"1": 0.5}, "InvalidParameterValueException"),
        ({"2": 1.5}, "InvalidParameterValueException"),
        ({"$LATEST": 0.5}, "InvalidParameterValueException"),
        ({"77": 0.5}, "ResourceNotFoundException"),
    ],
)
def test_weights_that_make_no_sense_are_refused(lambdas, shop, weights, code):
    with refused(code):
        shift(lambdas, weights)


def test_a_new_alias_with_bad_weights_is_refused(lambdas, shop):
    with refused("InvalidParameterValueException"):
        lambdas.create_alias(
            FunctionName=shop,
            Name="bad",
            FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}},
        )


def test_of_two_who_move_an_alias_at_once_one_is_refused(lambdas, shop):
    from concurrent.futures import ThreadPoolExecutor

    seen = shift(lambdas, {})["RevisionId"]

    def move(weight):
        try:
            return shift(lambdas, {"2": weight}, RevisionId=seen)["RevisionId"]
        except lambdas.exceptions.PreconditionFailedException:
            return ""

    with ThreadPoolExecutor(8) as movers:
        moved = list(movers.map(move, [0.1] * 8))

    assert len([revision for revision in moved if revision]) == 1
