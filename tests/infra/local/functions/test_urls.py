"""Function URLs, over HTTP."""

import json
import urllib.error
import urllib.request

import pytest

ECHO = """
import json
def handler(event, context):
    if event.get("rawPath") == "/page":
        return {
            "statusCode": 201,
            "headers": {"Content-Type": "text/html"},
            "cookies": ["a=1", "b=2"],
            "body": "PGI+",
            "isBase64Encoded": True,
        }
    if event.get("rawPath") == "/plain":
        return {"plain": True}
    if event.get("rawPath") == "/raise":
        raise ValueError
    if event.get("rawPath") == "/malformed":
        return {"statusCode": "soon"}
    return {"statusCode": 200, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def urls(cloud):
    """A function with an open URL, whose alias has one for known callers."""
    cloud.create("web", ECHO)
    lambdas = cloud.client("lambda")
    lambdas.publish_version(FunctionName="web")
    lambdas.create_alias(FunctionName="web", Name="live", FunctionVersion="1")
    made = {
        "NONE": lambdas.create_function_url_config(FunctionName="web", AuthType="NONE"),
        "AWS_IAM": lambdas.create_function_url_config(
            FunctionName="web", AuthType="AWS_IAM", Qualifier="live"
        ),
    }
    return {kind: config["FunctionUrl"] for kind, config in made.items()}


def ask(url, data=None, **headers):
    """Send a request; give status, headers and body."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=data, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_a_url_leads_to_the_account(cloud, urls):
    assert urls["NONE"].startswith(f"{cloud.account.endpoint}/lambda-url/")
    assert urls["NONE"].endswith("/")


def test_a_request_becomes_an_event(urls):
    _, _, body = ask(
        f"{urls['NONE']}orders/7?a=1&a=2&b=", b'{"x": 1}',
        Content_Type="application/json", Cookie="s=1; t=2",
    )  # fmt: skip

    event = json.loads(body)
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/orders/7"
    assert event["rawQueryString"] == "a=1&a=2&b="
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["cookies"] == ["s=1", "t=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"x": 1}', False)
    assert event["headers"]["content-type"] == "application/json"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["accountId"] == "anonymous"
    assert "authorizer" not in event["requestContext"]


def test_bytes_arrive_encoded(urls):
    _, _, body = ask(urls["NONE"], b"\xff\x00", Content_Type="application/octet-stream")

    event = json.loads(body)
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_an_answer_becomes_a_response(urls):
    status, headers, body = ask(f"{urls['NONE']}page")

    assert (status, body) == (201, b"<b>")
    assert headers["Content-Type"] == "text/html"
    assert headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_an_answer_without_a_status_is_the_body(urls):
    status, headers, body = ask(f"{urls['NONE']}plain")

    assert (status, json.loads(body)) == (200, {"plain": True})
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["raise", "malformed"])
def test_a_function_that_fails_is_a_bad_gateway(urls, path):
    status, _, body = ask(f"{urls['NONE']}{path}")

    assert (status, json.loads(body)) == (502, {"Message": "Internal Server Error"})


def test_a_signed_request_passes_the_callers_identity(urls):
    _, _, body = ask(urls["AWS_IAM"], X_Test_User="alice")

    context = json.loads(body)["requestContext"]
    assert context["accountId"] == "123456789012"
    assert context["authorizer"]["iam"] == {
        "accessKey": "AKIAALICE",
        "accountId": "123456789012",
        "callerId": "AIDAALICE",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": "arn:aws:iam::123456789012:user/alice",
        "userId": "AIDAALICE",
    }


def test_an_unsigned_request_is_forbidden_where_callers_must_be_known(urls):
    status, _, body = ask(urls["AWS_IAM"])

    assert (status, json.loads(body)) == (403, {"Message": "Forbidden"})


def test_an_unknown_url_is_forbidden(cloud, urls):
    status, _, _ = ask(f"{cloud.account.endpoint}/lambda-url/nothing/")

    assert status == 403


def test_a_url_is_read_changed_and_deleted(cloud, urls):
    lambdas = cloud.client("lambda")
    cloud.create("once", ECHO)
    url = lambdas.create_function_url_config(FunctionName="once", AuthType="NONE")["FunctionUrl"]
    with pytest.raises(lambdas.exceptions.ResourceConflictException):
        lambdas.create_function_url_config(FunctionName="once", AuthType="NONE")

    lambdas.update_function_url_config(FunctionName="once", AuthType="AWS_IAM")
    read = lambdas.get_function_url_config(FunctionName="once")
    assert (read["FunctionUrl"], read["AuthType"]) == (url, "AWS_IAM")
    assert ask(url)[0] == 403

    lambdas.delete_function_url_config(FunctionName="once")
    with pytest.raises(lambdas.exceptions.ResourceNotFoundException):
        lambdas.get_function_url_config(FunctionName="once")


def test_a_url_of_an_alias_names_it(cloud, urls):
    config = cloud.client("lambda").get_function_url_config(FunctionName="web", Qualifier="live")

    assert config["FunctionUrl"] == urls["AWS_IAM"]
    assert config["FunctionArn"].endswith(":function:web:live")
