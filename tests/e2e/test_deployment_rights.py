"""Each deploying task works on the embedded account with the rights it declares, and no more."""

import hashlib
import io
import json
import time
import zipfile

import pytest
from botocore.exceptions import ClientError
from rights import ACCOUNT, ARTIFACTS, REGION, STATE

from infra.discovery import ROOT
from tasks import store
from tasks.errors import AccessRefused

SITE = f"feedback-dev-site-{ACCOUNT}"
FUNCTION = "feedback-dev-health"
OWNER = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:daytwo-promotion:run"
CODE = """
def handler(event, context):
    return {"statusCode": STATUS, "body": context.function_version}
"""


@pytest.fixture(scope="module")
def locked(house):
    """The lock of the environment, held by the execution that deploys."""
    lock = {**store.lock("feedback", "dev"), "owner": OWNER, "fence": 1}
    house.client("dynamodb").put_item(TableName=STATE, Item=store.to_item(lock))


def upload(account, key, content):
    account.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=content)
    return {"key": key, "sha256": hashlib.sha256(content).hexdigest()}


def zipped(status):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), CODE.replace("STATUS", str(status)))
    return buffer.getvalue()


def planned(account, version, status, memory="256"):
    """Lay out a release of the health function and of the site, on the real template."""
    folder = f"releases/feedback/{version}/"
    body = (ROOT / "examples" / "feedback" / "template.json").read_bytes()
    template = upload(account, f"{folder}template.json", body)
    page = upload(account, f"{folder}site/index.html", version.encode())
    code = upload(account, f"{folder}functions/health.zip", zipped(status))
    probe = {"component": "health", "function": FUNCTION, "alias": "live"}
    return {
        "system": "feedback",
        "release": version,
        "environment": "dev",
        "digest": "cd" * 32,
        "already_live": False,
        "target": {"region": "", "role_arn": ""},
        "previous": {"release": "", "digest": ""},
        "gates": {"coverage_percent": 80, "dependency_severity": "high"},
        "evidence": {
            kind: [] for kind in ("tests", "coverage", "static_analysis", "secrets", "dependencies")
        },
        "stack": {
            "name": "feedback-dev",
            "template_key": template["key"],
            "template_sha256": template["sha256"],
            "parameters": {"Environment": "dev", "FunctionMemory": memory},
            "role_arn": "",
        },
        "functions": [{"component": "health", "function": FUNCTION, "alias": "live", **code}],
        "site": {
            "present": True,
            "bucket": SITE,
            "component": "site",
            "source_prefix": f"{folder}site/",
            "prefix": f"releases/{version}/",
            "entry": ["index.html"],
            "files": [{**page, "path": "index.html", "content_type": "text/html"}],
            "distribution": "",
        },
        "steps": [{"name": "all at once", "from": 0, "to": 100, "checks": []}],
        "bake": {"checks": []},
        "health": {
            "alarms": [{"name": f"{FUNCTION}-errors", "without_data": "healthy"}],
            "checks": [{**probe, "payload": {}, "expect_status": 200}],
        },
        "approval": {"required": False, "roles": [], "expires_seconds": 60},
        "next_environment": "",
    }


def deploy(run, plan, execution):
    """Take a promotion's steps up to the last shift; gives what was captured and published."""
    here = {"target": plan["target"]}
    asked = {"stack": plan["stack"], **here, "execution": execution, "release": plan["release"]}
    arn = run("promotion.create_change_set", asked)["arn"]
    while not (change_set := run("promotion.check_change_set", {"arn": arn, **here}))["ready"]:
        time.sleep(0.1)
    captured = run(
        "promotion.capture_rollback_plan",
        {
            "plan": plan,
            "request": {},
            "execution": {"id": OWNER, "name": execution, "started_at": "now"},
            "change_set": change_set,
            "owner": OWNER,
            "fence": 1,
        },
    )
    if not change_set["empty"]:
        run("promotion.execute_change_set", {"arn": arn, **here})
        while not run("promotion.check_stack", {"stack": plan["stack"]["name"], **here})["done"]:
            time.sleep(0.1)
    (function,) = plan["functions"]
    code = {key: function[key] for key in ("function", "key", "sha256")}
    published = run("promotion.publish_version", {**code, **here, "release": plan["release"]})
    for before, after in ((0, 10), (10, 100)):
        shift(run, published, captured, before, after)
    run("promotion.publish_assets", {"site": plan["site"], **here})
    run("promotion.switch_assets", {"site": plan["site"], **here, "release": plan["release"]})
    return captured, published


def shift(run, published, captured, before, after):
    run(
        "promotion.shift_alias",
        {
            "function": FUNCTION,
            "alias": "live",
            "from_version": captured["functions"][0]["version"],
            "to_version": published["version"],
            "from_percent": before,
            "to_percent": after,
            "target": {},
        },
    )


def answer(account):
    reply = account.client("lambda").invoke(FunctionName=FUNCTION, Qualifier="live")
    return json.loads(reply["Payload"].read())["statusCode"]


def page(account):
    return account.client("s3").get_object(Bucket=SITE, Key="index.html")["Body"].read()


def memory(account):
    reply = account.client("lambda").get_function_configuration(FunctionName=FUNCTION)
    return reply["MemorySize"]


def restore(run, plan, captured, execution):
    """Take the way back, each step delivered twice."""
    here = {"target": plan["target"]}
    for _ in range(2):
        (function,) = captured["functions"]
        run(
            "promotion.restore_alias", {"captured": function, "released": plan["functions"], **here}
        )
        run("promotion.restore_assets", {"site": captured["site"], **here})
    request = {"stack": captured["stack"], **here, "execution": execution}
    while not run("promotion.restore_stack", request)["done"]:
        time.sleep(0.1)
    run("promotion.restore_stack", request)


def test_releases_come_and_one_goes_back_under_the_tasks_own_rights(house, locked, run):
    first = planned(house, "1.0.0", 200)
    captured, published = deploy(run, first, "first")
    assert captured["functions"][0]["version"] == ""
    health = {"health": first["health"], "target": {}, "last": True}
    assert run("promotion.check_health", {**health, "published": [published]})["healthy"]
    assert (answer(house), page(house), memory(house)) == (200, b"1.0.0", 256)

    second = planned(house, "1.1.0", 500, memory="512")
    captured, _ = deploy(run, second, "second")
    assert captured["functions"][0]["version"] == published["version"]
    assert (answer(house), page(house), memory(house)) == (500, b"1.1.0", 512)

    restore(run, second, captured, "second")
    assert (answer(house), page(house), memory(house)) == (200, b"1.0.0", 256)


def test_a_change_set_that_is_not_executed_is_put_away(house, run):
    plan = planned(house, "1.2.0", 200, memory="1024")
    asked = {"stack": plan["stack"], "target": {}, "execution": "third", "release": "1.2.0"}
    arn = run("promotion.create_change_set", asked)["arn"]

    assert run("promotion.discard_change_set", {"arn": arn, "target": {}}) == {"deleted": True}


def test_another_systems_function_is_refused(house, run):
    request = {
        "function": "payments-prod-charge",
        "alias": "live",
        "from_version": "1",
        "to_version": "2",
        "from_percent": 0,
        "to_percent": 10,
        "target": {},
    }

    with pytest.raises(AccessRefused, match="payments-prod-charge"):
        run("promotion.shift_alias", request)


def test_a_role_without_rights_can_do_nothing(account):
    keys = account.role_keys("daytwo-nothing", {})

    with pytest.raises(ClientError, match="AccessDenied"):
        account.client("lambda", keys).get_alias(FunctionName=FUNCTION, Name="live")
