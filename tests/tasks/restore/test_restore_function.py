"""A function is copied from a published version, checked, and gone in the end."""

import hashlib

import boto3
import pytest
from drill_documents import NOW, component, drill
from drilled_functions import CONTEXT, register
from released_functions import Function, kept_versions, zipped

from tasks import digests
from tasks.drills import function_copies, ledger, verdicts
from tasks.drills.folders import Folder
from tasks.errors import NotACopy, NothingToRestore, RestoreFailed
from tasks.integrity import check_function
from tasks.restore import remove_function, restore_function

COPY = "drill-1f0c2a9b-create-feedback"
DRILL = drill(scenario="infrastructure-failure")


@pytest.fixture
def lambda_(aws):
    with kept_versions():
        yield boto3.client("lambda")


@pytest.fixture
def function(lambda_, s3, artifacts_bucket):
    function = Function(lambda_, boto3.client("iam"), s3, artifacts_bucket)
    function.release("good")
    function.point("2")
    lambda_.update_function_configuration(
        FunctionName=function.name,
        Environment={"Variables": {"TABLE": "feedback-dev-items"}},
    )
    return function


@pytest.fixture
def served(monkeypatch):
    """Serve the code of version 2 from where Lambda says that it lies."""
    monkeypatch.setattr(function_copies, "download", lambda url, name: zipped("good"))


def planned(function, version="2", **changes):
    point = {"kind": "version", "id": version, "at": "", "manifest_key": ""}
    whole = {
        "type": "lambda",
        "chain": "function",
        "resource": function.name,
        "copy": COPY,
        "recovery_point": point,
        "target_config": {"function": function.name, "alias": "live"},
        **changes,
    }
    return component("create-feedback", **whole)


@pytest.fixture
def restore(function, served, state_table, evidence_bucket):
    def run(**changes):
        request = {"component": planned(function, **changes), "drill": DRILL, "now": NOW}
        answers = [restore_function.handler(request, None)]
        while not answers[-1]["done"] and len(answers) < 5:
            answers.append(restore_function.handler(request, None))
        return answers[-1]

    return run


@pytest.fixture
def row(state_table, dynamodb):
    def read():
        (found,) = ledger.rows(DRILL["id"], table=state_table, dynamodb=dynamodb)
        return found

    return read


def check(function, lambda_):
    found = check_function.check(planned(function), [], lambda_, lambda_)
    return {one["name"]: one for one in found}


def red(checks):
    return [name for name, one in checks.items() if one["verdict"] != "PASS"]


def test_the_copy_has_the_versions_code_and_the_targets_surroundings(function, restore, lambda_):
    answer = restore()

    wanted = lambda_.get_function_configuration(FunctionName=function.name, Qualifier="2")
    assert answer["code_sha256"] == wanted["CodeSha256"]
    copy = lambda_.get_function(FunctionName=COPY)
    assert copy["Configuration"]["Environment"]["Variables"] == {"TABLE": "feedback-dev-items"}
    assert copy["Configuration"]["Role"].endswith("role/feedback-dev-role")
    assert copy["Tags"]["daytwo:drill"] == DRILL["id"]
    assert red(check(function, lambda_)) == []


def test_a_second_delivery_finds_it(restore):
    assert restore() == restore()


def test_code_that_is_not_the_versions_is_refused(restore, monkeypatch, lambda_):
    monkeypatch.setattr(function_copies, "download", lambda url, name: zipped("bad"))

    with pytest.raises(RestoreFailed, match="has the digest"):
        restore()

    assert function_copies.find(COPY, lambda_) is None


def test_a_version_that_is_gone_leaves_nothing_to_restore(restore):
    with pytest.raises(NothingToRestore, match="version 9"):
        restore(version="9")


def test_without_a_function_in_the_target_environment_there_is_nothing_to_run_it_as(function):
    planned_for = planned(function, target_config={"function": "feedback-dev-gone"})

    with pytest.raises(NothingToRestore, match="feedback-dev-gone"):
        restore_function.create(planned_for, DRILL, None, function.lambda_, function.lambda_)


def test_somebody_elses_function_of_the_name_is_left(function, restore, lambda_, row, s3):
    lambda_.create_function(
        FunctionName=COPY,
        Runtime="python3.12",
        Role=lambda_.get_function_configuration(FunctionName=function.name)["Role"],
        Handler="a.b",
        Code={"ZipFile": zipped("other")},
    )

    with pytest.raises(NotACopy):
        restore()
    with pytest.raises(NotACopy):
        remove_function.handler({"row": row(), "now": NOW}, None)


def test_it_is_removed_and_proved_gone(restore, row, lambda_):
    restore()

    steps = [remove_function.handler({"row": row(), "now": NOW}, None)["done"] for _ in range(2)]

    assert steps == [False, True]
    assert (row()["kind"], row()["status"]) == ("function", "gone")
    assert function_copies.find(COPY, lambda_) is None


def test_the_source_is_never_removed(function, row, restore):
    restore()

    with pytest.raises(NotACopy):
        remove_function.remove({**row(), "name": function.name}, function.lambda_)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"MemorySize": 512}, ["settings that differ"]),
        ({"Handler": "other.handler"}, ["settings that differ"]),
        ({"Environment": {"Variables": {}}}, []),
    ],
)
def test_settings_that_differ_are_red(function, restore, lambda_, changes, names):
    restore()
    lambda_.update_function_configuration(FunctionName=COPY, **changes)

    assert red(check(function, lambda_)) == names


def test_other_code_is_red(function, restore, lambda_):
    restore()
    lambda_.update_function_code(FunctionName=COPY, ZipFile=zipped("other"))

    assert red(check(function, lambda_)) == ["code digest"]


def test_a_copy_that_is_gone_is_red(function, lambda_):
    assert red(check(function, lambda_)) == ["state"]


def test_a_large_package_goes_through_the_evidence_bucket(monkeypatch, s3, evidence_bucket):
    content = b"x" * 11
    monkeypatch.setattr(restore_function, "LARGEST_UPLOAD", 10)
    monkeypatch.setattr(function_copies, "download", lambda url, name: content)
    digest = digests.base64_of(hashlib.sha256(content).hexdigest())
    found = {"Configuration": {"CodeSha256": digest}, "Code": {"Location": "https://a"}}

    code = restore_function.code_of(found, "f:1", Folder(DRILL, "f", evidence_bucket, s3))

    assert code == {"S3Bucket": evidence_bucket, "S3Key": "drills/monthly-1/f/code.zip"}
    assert s3.head_object(Bucket=evidence_bucket, Key=code["S3Key"])["ContentLength"] == 11


def test_an_image_is_taken_by_its_digest():
    found = {
        "Configuration": {"PackageType": "Image"},
        "Code": {"ResolvedImageUri": "repo@sha256:1"},
    }

    assert restore_function.code_of(found, "f:1", None) == {"ImageUri": "repo@sha256:1"}


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ({}, {"LoggingConfig": {"LogGroup": "/aws/lambda/f"}}),
        (
            {"LoggingConfig": {"LogGroup": "/own"}},
            {"LoggingConfig": {"LogGroup": "/own"}},
        ),
        (
            {"VpcConfig": {"SubnetIds": ["a"], "SecurityGroupIds": ["b"], "VpcId": "c"}},
            {
                "LoggingConfig": {"LogGroup": "/aws/lambda/f"},
                "VpcConfig": {"SubnetIds": ["a"], "SecurityGroupIds": ["b"]},
            },
        ),
        ({"VpcConfig": {"SubnetIds": []}}, {"LoggingConfig": {"LogGroup": "/aws/lambda/f"}}),
    ],
)
def test_surroundings(own, given):
    found = function_copies.surroundings_of({"FunctionName": "f", "Role": "r", **own})

    assert found == {"Role": "r", **given}


def test_the_health_checks_are_the_manifests(function, restore, state_table, dynamodb, monkeypatch):
    register(dynamodb, state_table)
    restore()
    asked = []
    monkeypatch.setattr(
        check_function,
        "ask",
        lambda *call: asked.append(call) or verdicts.check("a", "PASS", "", ""),
    )
    request = {"component": planned(function), "drill": DRILL, "now": NOW}

    found = check_function.handler(request, CONTEXT)["checks"]

    assert len(found) == 5
    assert [(call[0], call[2]["payload"]) for call in asked] == [(COPY, {"ping": True})]
