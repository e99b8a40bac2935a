"""Whatever arrives at the door is answered with a refusal, and never with a failure."""

import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.backends import get_backend
from moto.iam.models import iam_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.iam import wrap

REACHED = "599 Reached"
TEXT = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40)
SERVICES = st.sampled_from(
    ["s3", "dynamodb", "lambda", "states", "iam", "ec2", "cloudformation", "events", "nobody", ""]
)
TARGETS = st.sampled_from(["", "DynamoDB_20120810.TransactWriteItems", "AWSEvents.PutEvents", "."])
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"Action=CreateStack&StackName=[", b"Action=", b"<Delete><Object/></Delete>"]),
    st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["TransactItems", "Entries", "TableName", "Targets", "Put", "Code"]), inner
    )).map(lambda document: json.dumps(document).encode()),
)  # fmt: skip


@pytest.fixture(scope="module")
def keys():
    get_backend("iam").reset()
    backend = iam_backends[ACCOUNT_ID]["aws"]
    backend.create_user("us-east-1", user_name="bob")
    key = backend.create_access_key(user_name="bob")
    return Credentials(key.access_key_id, key.secret_access_key)


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    account = Account(port=4577, workdir=tmp_path_factory.mktemp("account"))

    def app(environ, start_response):
        start_response(REACHED, [])
        return [b""]

    guard = wrap(account, app)

    def ask(environ):
        statuses = []
        body = b"".join(guard(environ, lambda status, headers: statuses.append(status)))
        assert isinstance(body, bytes)
        return statuses[0]

    return ask


def environ_with(method, path, query, body, headers):
    raw = path + (f"?{query}" if query else "")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": raw,
        "REQUEST_URI": raw,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4577",
        "wsgi.url_scheme": "http",
        "daytwo.body": body,
        **{
            ("" if name in ("Content-Type",) else "HTTP_") + name.upper().replace("-", "_"): value
            for name, value in headers.items()
        },
    }


@given(TEXT, TEXT, TEXT, TEXT, TEXT, st.binary(max_size=20))
def test_no_unsigned_or_forged_request_gets_in(
    answer, authorization, path, query, host, date, body
):
    headers = {"Authorization": authorization, "Host": host, "X-Amz-Date": date}
    environ = environ_with("POST", f"/{path}", query, body, headers)
    assert answer(environ).startswith("4")


@given(TEXT, TEXT, TEXT, TEXT)
def test_no_forged_presigned_url_gets_in(answer, credential, date, expires, host):
    query = (
        f"X-Amz-Credential={credential}&X-Amz-Date={date}&X-Amz-Expires={expires}"
        "&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    )
    assert answer(environ_with("GET", "/bucket/key", query, b"", {"Host": host})).startswith("4")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SERVICES, TARGETS, BODIES, st.sampled_from(["/", "/bucket", "/bucket/key", "/a/../b", "//"]),
       st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "ODD"]),
       st.sampled_from(["", "delete", "acl", "Action=GetUser", "uploads&x=%zz"]),
       st.sampled_from(["", "application/json", "application/x-www-form-urlencoded"]))  # fmt: skip
def test_a_user_without_permission_gets_nowhere_with_any_signed_request(
    answer, keys, service, target, body, path, method, query, kind
):
    headers = {"Host": "127.0.0.1:4577", "Content-Type": kind}
    if target:
        headers["X-Amz-Target"] = target
    url = f"http://127.0.0.1:4577{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, data=body, headers=headers)
    SigV4Auth(keys, service, "us-east-1").add_auth(request)
    environ = environ_with(method, path, query, body, dict(request.headers.items()))
    assert answer(environ).startswith("4")
