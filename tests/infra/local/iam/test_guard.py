"""Requests at the door of an account: who gets in, and in which words the others do not."""

import json
from pathlib import Path
from threading import Thread

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from infra.local import listener
from infra.local.account import ACCOUNT_ID, Account
from infra.local.iam import install, wrap
from infra.local.iam.principals import role_may
from infra.local.stepfunctions import distributed

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/worker"
BOB = f"arn:aws:iam::{ACCOUNT_ID}:user/bob"
SERVICES = ("iam", "sts", "s3", "dynamodb", "sns", "lambda", "stepfunctions")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    bound = listener.bind(0)
    key = {"AccessKeyId": "AKIAINTERNAL", "SecretAccessKey": "internal", "SessionToken": ""}
    account = Account(bound.getsockname()[1], Path(tmp_path_factory.mktemp("account")), admin=key)
    install(account)
    app = wrap(account, DomainDispatcherApplication(create_backend_app))
    server = listener.make_listener(bound, app)
    Thread(target=server.serve_forever, daemon=True).start()
    yield account
    server.shutdown()
    server.server_close()
    bound.close()
    account.stop()


@pytest.fixture(autouse=True)
def empty(account):
    for service in SERVICES:
        get_backend(service).reset()


@pytest.fixture
def client(account):
    """Give a function that makes a client of a service that acts with some keys."""

    def make(service, keys):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=account.endpoint,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken") or None,
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


@pytest.fixture
def bob(account):
    """Give a function that makes the user bob with some statements, and gives his keys."""

    def make(*statements):
        iam = account.client("iam")
        iam.create_user(UserName="bob")
        if statements:
            iam.put_user_policy(
                UserName="bob", PolicyName="own", PolicyDocument=policy(*statements)
            )
        return iam.create_access_key(UserName="bob")["AccessKey"]

    return make


@pytest.fixture
def role(account):
    """Give a function that makes a role that some principal may assume."""

    def make(trusted, *statements, **settings):
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}
        iam = account.client("iam")
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=policy(trust), **settings)
        iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=policy(*statements))

    return make


def refusal(call, *arguments, **parameters):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **parameters)
    return refused.value.response["Error"]


def test_the_accounts_own_parts_may_do_everything(account):
    account.client("s3").create_bucket(Bucket="artifacts")
    assert account.client("sts").get_caller_identity()["Account"] == ACCOUNT_ID


def test_a_user_may_do_what_the_policy_allows_on_the_resource_it_names(account, client, bob):
    for name in ("one", "two"):
        account.client("sns").create_topic(Name=name)
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:one"
    sns = client("sns", bob(allow("sns:Publish", topic)))
    sns.publish(TopicArn=topic, Message="m")
    assert refusal(sns.publish, TopicArn=topic.replace("one", "two"), Message="m") == {
        "Type": "Sender",
        "Code": "AuthorizationError",
        "Message": f"User: {BOB} is not authorized to perform: sns:Publish on resource: "
        f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:two because no identity-based policy allows the "
        "sns:Publish action",
    }


def test_an_explicit_deny_is_told_as_such(client, bob):
    keys = bob(allow("*"), {"Effect": "Deny", "Action": "sns:*", "Resource": "*"})
    message = refusal(client("sns", keys).create_topic, Name="t")["Message"]
    assert message.endswith("with an explicit deny in an identity-based policy")


@pytest.mark.parametrize(
    ("service", "method", "parameters", "code"),
    [
        ("dynamodb", "describe_table", {"TableName": "t"}, "AccessDeniedException"),
        ("stepfunctions", "list_state_machines", {}, "AccessDeniedException"),
        ("lambda", "get_function", {"FunctionName": "f"}, "AccessDeniedException"),
        ("events", "put_rule", {"Name": "r", "EventPattern": "{}"}, "AccessDeniedException"),
        ("scheduler", "list_schedules", {}, "AccessDeniedException"),
        ("iam", "list_users", {}, "AccessDenied"),
        ("cloudformation", "describe_stacks", {}, "AccessDenied"),
        ("cloudwatch", "list_metrics", {}, "AccessDenied"),
        ("s3", "list_buckets", {}, "AccessDenied"),
        ("s3", "head_object", {"Bucket": "bucket", "Key": "k"}, "403"),
        ("ec2", "describe_instances", {}, "UnauthorizedOperation"),
    ],
)
def test_a_denial_has_the_code_of_its_protocol(client, bob, service, method, parameters, code):
    assert refusal(getattr(client(service, bob()), method), **parameters)["Code"] == code


@pytest.mark.parametrize(
    ("service", "method", "unknown", "wrong"),
    [
        ("dynamodb", "list_tables", "UnrecognizedClientException", "InvalidSignatureException"),
        ("lambda", "list_functions", "UnrecognizedClientException", "InvalidSignatureException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("s3", "list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        ("ec2", "describe_instances", "AuthFailure", "AuthFailure"),
    ],
)
def test_unknown_keys_and_wrong_secrets_are_refused(client, bob, service, method, unknown, wrong):
    keys = bob(allow("*"))
    stranger = client(service, {**keys, "AccessKeyId": "AKIASTRANGER"})
    forger = client(service, {**keys, "SecretAccessKey": "guessed"})
    assert refusal(getattr(stranger, method))["Code"] == unknown
    assert refusal(getattr(forger, method))["Code"] == wrong


def test_a_deleted_key_is_unknown(account, client, bob):
    keys = bob(allow("*"))
    account.client("iam").delete_access_key(UserName="bob", AccessKeyId=keys["AccessKeyId"])
    assert refusal(client("sts", keys).get_caller_identity)["Code"] == "InvalidClientTokenId"


def test_a_session_acts_as_its_role_only(account, client, role):
    role({"Service": "lambda.amazonaws.com"}, allow("dynamodb:ListTables"))
    keys = account.credentials(ROLE, "invocation")
    dynamodb = client("dynamodb", keys)
    assert dynamodb.list_tables()["TableNames"] == []
    session = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/worker/invocation"
    assert f"User: {session} is" in refusal(dynamodb.describe_table, TableName="t")["Message"]
    assert client("sts", keys).get_caller_identity()["Arn"] == session


def test_a_session_with_another_token_is_refused(account, client, role):
    role({"Service": "lambda.amazonaws.com"}, allow("*"))
    keys = {**account.credentials(ROLE), "SessionToken": "another"}
    assert refusal(client("sts", keys).get_caller_identity)["Code"] == "InvalidClientTokenId"


def test_a_policy_that_changes_counts_from_the_next_request(account, client, role):
    role({"Service": "lambda.amazonaws.com"}, allow("sns:CreateTopic"))
    sns = client("sns", account.credentials(ROLE))
    sns.create_topic(Name="t")
    account.client("iam").delete_role_policy(RoleName="worker", PolicyName="own")
    assert refusal(sns.create_topic, Name="u")["Code"] == "AuthorizationError"


def test_a_permissions_boundary_has_to_allow_it_too(account, client, role):
    boundary = account.client("iam").create_policy(
        PolicyName="boundary", PolicyDocument=policy(allow("sqs:*"))
    )["Policy"]["Arn"]
    role({"Service": "lambda.amazonaws.com"}, allow("*"), PermissionsBoundary=boundary)
    sns = client("sns", account.credentials(ROLE))
    assert refusal(sns.create_topic, Name="t")["Code"] == "AuthorizationError"


@pytest.mark.parametrize(
    ("trusted", "statements", "assumed"),
    [
        ({"AWS": BOB}, [], True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, [allow("sts:AssumeRole", ROLE)], True),
        ({"AWS": ACCOUNT_ID}, [allow("sts:*", "*")], True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, [], False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:user/alice"}, [allow("*")], False),
        ({"AWS": "arn:aws:iam::210987654321:root"}, [allow("*")], False),
        ({"Service": "lambda.amazonaws.com"}, [allow("*")], False),
        ({"AWS": BOB}, [{**allow("sts:AssumeRole"), "Effect": "Deny"}], False),
    ],
)
def test_a_role_is_assumed_only_by_whom_it_trusts(client, bob, role, trusted, statements, assumed):
    role(trusted, allow("sns:CreateTopic"))
    sts = client("sts", bob(*statements))
    if not assumed:
        refused = refusal(sts.assume_role, RoleArn=ROLE, RoleSessionName="trial")
        assert refused["Code"] == "AccessDenied"
        assert f"is not authorized to perform: sts:AssumeRole on resource: {ROLE}" in str(refused)
        return
    keys = sts.assume_role(RoleArn=ROLE, RoleSessionName="trial")["Credentials"]
    client("sns", keys).create_topic(Name="t")


def test_a_role_that_is_not_there_cannot_be_assumed(client, bob):
    sts = client("sts", bob(allow("*")))
    refused = refusal(sts.assume_role, RoleArn=f"{ROLE}x", RoleSessionName="trial")
    assert refused["Code"] == "AccessDenied"


def test_a_sessions_own_policy_narrows_the_role(client, bob, role):
    role({"AWS": BOB}, allow("*"))
    keys = client("sts", bob()).assume_role(
        RoleArn=ROLE, RoleSessionName="trial", Policy=policy(allow("sqs:*"))
    )["Credentials"]
    assert refusal(client("sns", keys).create_topic, Name="t")["Code"] == "AuthorizationError"


def test_passing_a_role_needs_permission_for_that_service(account, client, bob, role):
    role({"Service": "states.amazonaws.com"}, allow("*"))
    passing = {
        **allow("iam:PassRole", ROLE),
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }
    states = client("stepfunctions", bob(allow("states:*"), passing))
    refused = refusal(states.create_state_machine, name="m", definition="{}", roleArn=ROLE)
    assert f"perform: iam:PassRole on resource: {ROLE}" in refused["Message"]


def test_a_missing_object_is_hidden_from_those_who_may_not_list(account, client, bob):
    account.client("s3").create_bucket(Bucket="artifacts")
    s3 = client("s3", bob(allow("s3:GetObject")))
    assert refusal(s3.get_object, Bucket="artifacts", Key="k")["Code"] == "AccessDenied"
    assert refusal(s3.head_object, Bucket="artifacts", Key="k")["Code"] == "403"
    assert refusal(s3.get_object, Bucket="elsewhere", Key="k")["Code"] == "NoSuchBucket"
    assert refusal(account.client("s3").get_object, Bucket="artifacts", Key="k")["Code"] == (
        "NoSuchKey"
    )


def test_a_bucket_policy_that_asks_for_tls_refuses_nobody_on_loopback(account, client, bob):
    refuse = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::artifacts", "arn:aws:s3:::artifacts/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    own = account.client("s3")
    own.create_bucket(Bucket="artifacts")
    own.put_bucket_policy(Bucket="artifacts", Policy=policy(refuse))
    client("s3", bob(allow("s3:*"))).put_object(Bucket="artifacts", Key="k", Body=b"x")
    assert own.get_object(Bucket="artifacts", Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("statement", "statements", "allowed"),
    [
        ({"Effect": "Allow", "Principal": {"AWS": BOB}}, [], True),
        ({"Effect": "Allow", "Principal": "*"}, [], True),
        ({"Effect": "Allow", "Principal": {"AWS": f"{BOB}by"}}, [], False),
        ({"Effect": "Allow", "Principal": {"AWS": ACCOUNT_ID}}, [], False),
        ({"Effect": "Deny", "Principal": {"AWS": ACCOUNT_ID}}, [allow("*")], False),
        ({"Effect": "Deny", "NotPrincipal": {"AWS": BOB}}, [allow("*")], False),
        ({"Effect": "Deny", "Principal": {"AWS": f"{BOB}by"}}, [allow("*")], True),
    ],
)
def test_a_bucket_policy_grants_and_denies_those_it_names(
    account, client, bob, statement, statements, allowed
):
    own = account.client("s3")
    own.create_bucket(Bucket="artifacts")
    own.put_object(Bucket="artifacts", Key="k", Body=b"x")
    whole = {**statement, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"}
    own.put_bucket_policy(Bucket="artifacts", Policy=policy(whole))
    s3 = client("s3", bob(*statements))
    if allowed:
        assert s3.get_object(Bucket="artifacts", Key="k")["Body"].read() == b"x"
    else:
        assert refusal(s3.get_object, Bucket="artifacts", Key="k")["Code"] == "AccessDenied"


@pytest.mark.parametrize(("resource", "may"), [("one", True), ("two", False)])
def test_a_role_may_in_process_what_its_policies_allow(role, resource, may):
    machine = f"arn:aws:states:us-east-1:{ACCOUNT_ID}:stateMachine:"
    role({"Service": "states.amazonaws.com"}, allow("states:StartExecution", f"{machine}one"))
    assert role_may("states:StartExecution", ROLE, machine + resource) is may
    assert distributed.may_start(ROLE, machine + resource) is may
