"""`daytwo approvals`, `approve` and `reject`, through a function URL that checks who asks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from tasks import store
from tasks.approval import decide
from workflows.cli import approvals

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:shop-prod-1"
ID = store.approval_id(EXECUTION)
DIGEST = "ab" * 32


class Waiting:
    """Step Functions with one execution that waits; it keeps what it is told."""

    def __init__(self):
        self.told = []

    def send_task_success(self, **request):
        self.told.append(("approved", request))

    def send_task_failure(self, **request):
        self.told.append(("rejected", request))


class ApprovalUrl:
    """The approval function behind a URL: callers are known by their access key."""

    def __init__(self, places):
        self.places = places
        self.people = {}
        self.requests = []
        self.answers = []
        url = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, answer = url.answer(self.headers, body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def answer(self, headers, body):
        self.requests.append((dict(headers), json.loads(body)))
        if self.answers:
            return self.answers.pop(0)
        credential = headers["Authorization"].partition("Credential=")[2].split("/")
        assert credential[3] == "lambda"
        event = {
            "requestContext": {"authorizer": {"iam": {"userArn": self.people[credential[0]]}}},
            "body": body,
        }
        reply = decide.answer(event, self.places)
        return reply["statusCode"], reply["body"]


@pytest.fixture
def waiting():
    return Waiting()


@pytest.fixture
def url(daytwo, waiting, tmp_path):
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="audit",
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "timestamp")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    served = ApprovalUrl(decide.Places(daytwo.table.name, "audit", dynamodb, waiting))
    iam, profiles = boto3.client("iam"), []
    for name in ("alice", "bob", "mallory"):
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        served.people[key["AccessKeyId"]] = arn
        profiles.append(
            f"[{name}]\naws_access_key_id={key['AccessKeyId']}\n"
            f"aws_secret_access_key={key['SecretAccessKey']}\n"
        )
    (tmp_path / "credentials").write_text("\n".join(profiles))
    daytwo.deploy(ApprovalUrl=served.url)
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture
def approval(daytwo, url):
    """A pending approval that alice asked for; gives a way to read it again."""
    daytwo.register()
    daytwo.write(
        {
            **store.approval(ID),
            "status": "pending",
            "subject": "the promotion of shop 1.1.0 to prod",
            "system": "shop",
            "release": "1.1.0",
            "environment": "prod",
            "digest": DIGEST,
            "change_set": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/x/1",
            "changes": ["function shop-prod-basket: from 1.0.0 to 1.1.0"],
            "roles": ["release-manager"],
            "requested_by": "arn:aws:iam::123456789012:user/alice",
            "reason": "Ships search",
            "requested_at": "2026-11-20T12:06:00Z",
            "expires_at": 2_000_000_000,
            "execution": EXECUTION,
            "task_token": "SECRET",
        }
    )
    return lambda: daytwo.table.get(store.approval(ID))


def test_an_approval_is_shown_sent_and_counted(run, approval, waiting, url):
    result = run("approve", ID, "--reason", "Looks good", "--profile", "bob")

    assert result.exit_code == 0, result.output
    for words in (
        "The promotion of shop 1.1.0 to prod (pending",
        "Ships search",
        DIGEST,
        "changeSet/x/1",
        "function shop-prod-basket: from 1.0.0 to 1.1.0",
        "The promotion of shop 1.1.0 to prod is approved.",
    ):
        assert words in result.stdout
    assert [told[0] for told in waiting.told] == ["approved"]
    assert approval()["decided_by"] == "arn:aws:iam::123456789012:user/bob"
    ((_, sent),) = url.requests
    assert sent == {"id": ID, "decision": "approve", "reason": "Looks good", "digest": DIGEST}


def test_an_operation_is_approved_as_a_promotion_is(run, daytwo, approval, waiting):
    record = approval()
    for name in ("release", "change_set"):
        del record[name]
    daytwo.write(
        {
            **record,
            "subject": "the termination of 2 instances of shop in prod",
            "changes": ["terminate i-1, i-2"],
            "because": "a terminated instance does not come back",
            "plan": "daytwo ec2 show terminate-1",
        }
    )

    listed = run("approvals").stdout
    result = run("approve", ID, "--reason", "Looks good", "--profile", "bob")

    assert "The termination of 2 instances of shop in prod" in listed
    assert result.exit_code == 0, result.output
    for words in (
        "terminate i-1, i-2",
        "asked because  a terminated instance does not come back",
        "plan           daytwo ec2 show terminate-1",
        "The termination of 2 instances of shop in prod is approved.",
    ):
        assert words in result.stdout
    assert "change set" not in result.stdout
    assert [told[0] for told in waiting.told] == ["approved"]


def test_a_rejection_is_sent(run, approval, waiting):
    result = run("reject", ID, "--reason", "Not today", "--profile", "bob", "--json")

    assert json.loads(result.stdout)["decision"] == "reject"
    assert waiting.told[0][1]["error"] == "ApprovalRejected"


@pytest.mark.parametrize(
    ("profile", "said"),
    [("alice", "somebody else has to decide"), ("mallory", "is not release-manager of shop")],
)
def test_who_may_not_decide_is_told_why(run, approval, waiting, profile, said):
    result = run("approve", ID, "--reason", "x", "--profile", profile)

    assert result.exit_code == 2
    assert said in result.stderr
    assert waiting.told == []
    assert approval()["status"] == "pending"


def test_a_second_decision_is_refused(run, approval):
    run("approve", ID, "--reason", "x", "--profile", "bob")

    result = run("reject", ID, "--reason", "x", "--profile", "bob")

    assert result.exit_code == 2
    assert "a decision counts once" in result.stderr


def test_too_late_is_exit_code_three(run, daytwo, approval):
    daytwo.write({**approval(), "expires_at": 1})

    result = run("approve", ID, "--reason", "x", "--profile", "bob")

    assert result.exit_code == 3
    assert "expired" in result.stderr


def test_an_unknown_approval_is_wrong_input(run, approval, url):
    result = run("approve", "nothing", "--reason", "x", "--profile", "bob")

    assert result.exit_code == 2
    assert "There is no approval nothing" in result.stderr
    assert url.requests == []


def test_a_reason_is_asked_for(run, approval, url):
    assert run("approve", ID, "--profile", "bob").exit_code == 2
    assert run("approve", ID, "--reason", " ", "--profile", "bob").exit_code == 2


@pytest.mark.parametrize(("answer", "decided"), [("y\n", True), ("n\n", False)])
def test_on_a_terminal_it_asks_first(run, approval, monkeypatch, waiting, answer, decided):
    from click.testing import CliRunner

    from workflows.cli.main import main

    monkeypatch.setattr(approvals, "_is_terminal", lambda: True)
    arguments = ["approve", ID, "--reason", "x", "--profile", "bob"]
    result = CliRunner().invoke(main, arguments, input=answer)

    assert "Approve this?" in result.stdout
    assert bool(waiting.told) is decided
    assert result.exit_code == (0 if decided else 1)


def test_an_undelivered_decision_is_sent_again(run, approval, url, waiting, monkeypatch):
    monkeypatch.setattr(approvals, "PAUSES_SECONDS", (0, 0))
    url.answers = [(503, '{"status": 503, "message": "Send the same again"}')]

    result = run("approve", ID, "--reason", "x", "--profile", "bob")

    assert result.exit_code == 0, result.output
    assert "Send the same again Trying again." in result.stderr
    assert len(url.requests) == 2
    assert len(waiting.told) == 1


def test_a_url_that_stays_broken_is_a_failure(run, approval, url, monkeypatch):
    monkeypatch.setattr(approvals, "PAUSES_SECONDS", (0,))
    url.answers = [(502, '{"Message": "Internal Server Error"}')] * 2

    result = run("approve", ID, "--reason", "x", "--profile", "bob")

    assert result.exit_code == 1
    assert "answered 502" in result.stderr


def test_a_caller_whom_iam_stops_is_told_what_to_ask_for(run, approval, url):
    url.answers = [(403, '{"Message": "Forbidden"}')]

    result = run("approve", ID, "--reason", "x", "--profile", "mallory")

    assert result.exit_code == 2
    assert "user/mallory may not call the approval URL" in result.stderr
    assert "lambda:InvokeFunctionUrl" in result.stderr


def test_a_url_that_does_not_answer_is_said_so(run, daytwo, approval):
    daytwo.deploy(ApprovalUrl="http://127.0.0.1:9/")

    result = run("approve", ID, "--reason", "x", "--profile", "bob")

    assert result.exit_code == 2
    assert "does not answer" in result.stderr


def test_pending_approvals_are_listed_without_the_token(run, daytwo, approval):
    shown = run("approvals").stdout
    (row,) = json.loads(run("approvals", "--json").stdout)

    assert ID in shown
    assert "pending, expires in" in shown
    assert row["id"] == ID
    assert "task_token" not in row
    assert "SECRET" not in shown + json.dumps(row)


def test_all_lists_what_is_decided_too(run, approval):
    run("approve", ID, "--reason", "x", "--profile", "bob")

    assert run("approvals").stdout == "Pending approvals: none\n"
    assert "approved by arn:aws:iam::123456789012:user/bob" in run("approvals", "--all").stdout
