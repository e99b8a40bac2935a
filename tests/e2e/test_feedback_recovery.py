"""The feedback system's recovery rows, drilled on a whole account with all roles as deployed."""

import io
import zipfile
from datetime import datetime, timedelta

import pytest
from drilled_examples import CLOCK, DrilledExample
from people import ACCOUNT, here

from infra.local import control

SITE = f"feedback-prod-site-{ACCOUNT}"
ITEMS = 40


@pytest.fixture(scope="module")
def feedback(tmp_path_factory):
    """The system on an account of its own, with some feedback in prod."""
    folder = tmp_path_factory.mktemp("feedback-recovery")
    loaded = control.running(CLOCK, folder / "account", systems=("feedback",))
    with loaded as account, here(account):
        made = DrilledExample(account, folder, "feedback")
        fill(made)
        yield made


def fill(feedback):
    """Have feedback of ten minutes ago in prod, and the site."""
    old = moment(feedback.beat("prod"), -600)
    dynamodb, s3 = feedback.account.client("dynamodb"), feedback.account.client("s3")
    for number in range(ITEMS):
        item = {"feedbackId": f"feedback-{number}", "status": "active", "createdAt": old}
        item |= {"message": f"message {number}", "sentiment": "neutral"}
        dynamodb.put_item(
            TableName="feedback-prod-feedback",
            Item={name: {"S": text} for name, text in item.items()},
        )
    totals = {"aggregateId": {"S": "global"}, "totalCount": {"N": str(ITEMS)}}
    totals["lastUpdated"] = {"S": old}
    dynamodb.put_item(TableName="feedback-prod-analytics", Item=totals)
    for name in ("index.html", "style.css"):
        s3.put_object(Bucket=SITE, Key=name, Body=name.encode())


def release(feedback, function):
    """Give a function a version that answers as the health check of dev asks; tells which."""
    client, packed = feedback.account.client("lambda"), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("index.py", "def handler(event, context):\n    return {'statusCode': 400}\n")
    client.update_function_code(**function, ZipFile=packed.getvalue())
    client.get_waiter("function_updated_v2").wait(**function)
    version = client.publish_version(**function)["Version"]
    client.update_alias(**function, Name="live", FunctionVersion=version)
    return version


def moment(instant, seconds):
    """Give the moment so many seconds later."""
    found = datetime.fromisoformat(instant) + timedelta(seconds=seconds)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_tables_and_the_stack_are_backed_up(feedback):
    tables = feedback.backed_up("prod")
    (export,) = feedback.backed_up("prod", "exports")

    assert {row["component"]: row["status"] for row in tables} == {
        "items": "good",
        "analytics": "good",
    }
    assert (export["resource"], export["status"]) == ("feedback-prod", "good")


def test_corrupted_tables_and_the_site_are_restored_to_just_before(feedback):
    evidence = feedback.drill("data-corruption", "--point", feedback.point("prod"))

    feedback.passed(
        evidence,
        items="corruption found",
        analytics="sentinel",
        site_files="equal contents",
    )
    lost = {
        (one["component"], each["setting"])
        for one in evidence["components"]
        for each in one["settings"]
    }
    assert {
        ("items", "stream"),
        ("analytics", "time to live"),
        ("site-files", "versioning"),
    } <= lost


def test_a_stack_is_made_again_from_its_export(feedback):
    evidence = feedback.drill("infrastructure-failure")

    feedback.passed(evidence, stack="resources shared with the source")


def test_a_bad_version_is_rolled_back_within_two_minutes(feedback):
    function = {"FunctionName": "feedback-dev-create-feedback"}
    before = release(feedback, function)
    client = feedback.account.client("lambda")

    evidence = feedback.drill("application-error")

    feedback.passed(evidence, create_feedback="traffic at the good version")
    after = client.get_alias(**function, Name="live")
    assert after["FunctionVersion"] == before
    assert not after.get("RoutingConfig")
    versions = client.list_versions_by_function(**function)["Versions"]
    assert not [one for one in versions if "no_such_handler" in one["Handler"]]


def test_the_loss_of_a_region_is_survived_and_undone(feedback):
    feedback.beat("staging")

    evidence = feedback.drill("region-outage")

    feedback.passed(evidence, entry="replica is fresh")
