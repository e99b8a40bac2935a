"""The definition that a template's machine gets, and what CloudFormation says of a bad one."""

import json

import pytest

from infra.local.account import ACCOUNT_ID
from infra.local.stepfunctions.definitions import LARGEST_BYTES, DefinitionRefused, definition_of

PASSING = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
WHERE = {"Bucket": "definitions", "Key": "machine"}
AT_S3 = "Service: Amazon S3; Status Code: 404; Error Code"


@pytest.fixture
def stored(account):
    """Put a definition where `WHERE` says; give the id of its version."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=WHERE["Bucket"])
    versioning = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=WHERE["Bucket"], VersioningConfiguration=versioning)
    return lambda text: s3.put_object(**WHERE, Body=text)["VersionId"]


def read(**properties):
    return definition_of(properties, ACCOUNT_ID)


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("${A} ${B.Arn} ${unknown} ${yes}", {"A": 1, "B.Arn": "arn", "yes": True}, None),
        ("${A}", {"A": "<${B}>", "B": "<${C}>", "C": "end"}, "<<end>>"),
        ("$.price ${} {A}", {"A": "a"}, "$.price ${} {A}"),
    ],
    ids=["only what is named", "what a value names", "nothing else of the kind"],
)
def test_names_are_replaced(text, values, filled):
    wanted = filled or "1 arn ${unknown} true"
    assert read(DefinitionString=text, DefinitionSubstitutions=values) == wanted


def test_json_of_s3_stays_as_it_is_written(stored):
    text = json.dumps(PASSING, indent=3)
    stored(text)
    assert read(DefinitionS3Location=WHERE) == text


def test_yaml_of_s3_becomes_json(stored):
    stored("StartAt: Pass\nStates: {Pass: {Type: Pass, End: true}}\n")
    assert json.loads(read(DefinitionS3Location=WHERE)) == PASSING


def test_a_version_of_the_object_can_be_asked_for(stored):
    first = stored('{"first": 1}')
    stored('{"second": 2}')
    assert read(DefinitionS3Location={**WHERE, "Version": first}) == '{"first": 1}'
    assert read(DefinitionS3Location=WHERE) == '{"second": 2}'


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("{}", {"Key": "lost"}, rf"The specified key does not exist\. \({AT_S3}: NoSuchKey\)"),
        ("{}", {"Bucket": "lost"}, rf"The specified bucket .* \({AT_S3}: NoSuchBucket\)"),
        ("{}", {"Version": "lost"}, rf"The specified version .* \({AT_S3}: NoSuchVersion\)"),
        ('{"StartAt": ', {}, r"Invalid StateMachine definition\."),
        (" " * (LARGEST_BYTES + 1), {}, r"State Machine definition file cannot exceed 1MB\."),
    ],
    ids=["key", "bucket", "version", "neither JSON nor YAML", "too large"],
)
def test_an_object_that_cannot_be_read_is_told(stored, text, where, reason):
    stored(text)
    with pytest.raises(DefinitionRefused, match=reason):
        read(DefinitionS3Location={**WHERE, **where})


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "Required key .* not found"),
        ({"DefinitionString": "{}", "Definition": {}}, "Please use one of"),
        (
            {"DefinitionString": "${A}", "DefinitionSubstitutions": {"A": ["a"]}},
            "Input should be either String, Integer, or Boolean",
        ),
        (
            {"DefinitionString": "${A}", "DefinitionSubstitutions": {"A": "${A}"}},
            "Internal Failure",
        ),
    ],
    ids=["none", "two", "a list for a name", "a name for itself"],
)
def test_what_the_resource_provider_refuses_is_refused_in_its_words(properties, reason):
    with pytest.raises(DefinitionRefused, match=reason):
        read(**properties)
