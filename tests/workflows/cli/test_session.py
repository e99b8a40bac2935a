"""Which account, identity and Region the command line takes."""

import json

import pytest

from workflows.cli.errors import CommandError, explained
from workflows.cli.session import Session

LOCAL = {"endpoint": "http://127.0.0.1:4577", "port": 4577, "clock": 60.0, "region": "us-east-1"}
CREDENTIALS = "[{0}]\naws_access_key_id = KEY{0}\naws_secret_access_key = secret\n"


@pytest.fixture
def local(tmp_path, empty_account):
    folder = tmp_path / "local"
    folder.mkdir()
    (folder / "account.json").write_text(json.dumps(LOCAL))
    (folder / "credentials").write_text(
        CREDENTIALS.format("admin") + "\n" + CREDENTIALS.format("bob")
    )
    return folder


def test_the_environment_is_what_every_aws_tool_takes(empty_account, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEYENV")
    session = Session()

    assert session.region == "us-east-1"
    assert session.boto3.get_credentials().access_key == "KEYENV"
    assert session.clock == 1


def test_a_profile_and_a_region_can_be_named(tmp_path, empty_account):
    (tmp_path / "credentials").write_text(CREDENTIALS.format("ops"))
    session = Session(profile="ops", region="eu-west-1")

    assert session.boto3.get_credentials().access_key == "KEYops"
    assert session.client("sts").meta.region_name == "eu-west-1"


def test_local_is_the_embedded_account_as_its_administrator(local, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEYENV")
    session = Session(local=True)

    assert session.boto3.get_credentials().access_key == "KEYadmin"
    assert session.client("dynamodb").meta.endpoint_url == "http://127.0.0.1:4577"
    assert session.clock == 60


def test_local_with_a_profile_acts_as_somebody_else(local):
    assert Session(local=True, profile="bob").boto3.get_credentials().access_key == "KEYbob"


def test_a_profile_that_is_not_there_is_said_so(local):
    with pytest.raises(CommandError, match="There is no profile mallory in /"):
        _ = Session(local=True, profile="mallory").boto3


def test_an_embedded_account_that_does_not_run_is_said_so(empty_account):
    with pytest.raises(CommandError, match="daytwo local up"):
        Session(local=True).client("sts")


@pytest.mark.parametrize("content", ["", "[]", "{}", "null"])
def test_a_damaged_account_file_is_said_so(local, content):
    (local / "account.json").write_text(content)

    with pytest.raises(CommandError, match="daytwo local down"):
        Session(local=True).client("sts")


def test_without_a_region_it_asks_for_one(empty_account, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(CommandError, match="--region"):
        _ = Session().boto3


def test_without_the_stack_it_says_how_to_deploy_it(run, empty_account):
    result = run("status")

    assert result.exit_code == 2
    assert "no stack daytwo in us-east-1" in result.stderr
    assert "make deploy" in result.stderr


def test_a_stack_of_another_version_is_said_so(daytwo):
    with pytest.raises(CommandError, match="has no output Colour"):
        Session().output("Colour")


def test_outputs_are_asked_for_once(daytwo):
    session = Session()
    assert session.output("StateTableName")
    daytwo.cloudformation.delete_stack(StackName="daytwo")

    assert session.output("PromotionStateMachineArn").endswith("stateMachine:daytwo-promotion")


def test_no_credentials_are_said_so(run, daytwo, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    result = run("status")

    assert result.exit_code == 2
    assert "No AWS credentials" in result.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "have expired"),
        ("UnrecognizedClientException", "does not know your credentials"),
        ("AccessDeniedException", "You may not do GetItem"),
        ("ThrottlingException", "AWS refused GetItem: why [ThrottlingException]"),
    ],
)
def test_refusals_of_aws_are_put_into_words(code, said):
    from botocore.exceptions import ClientError

    error = explained(ClientError({"Error": {"Code": code, "Message": "why"}}, "GetItem"))

    assert said in error.message
    assert error.exit_code == 2


def test_an_endpoint_that_does_not_answer_is_said_so():
    from botocore.exceptions import EndpointConnectionError

    error = explained(EndpointConnectionError(endpoint_url="http://127.0.0.1:9/"))

    assert "does not answer" in error.message
