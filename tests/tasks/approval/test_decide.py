"""Taking a decision through the function URL."""

import base64
import json

import pytest

from tasks.approval import decide, request_approval
from tasks.errors import AccessRefused
from tasks.store import approval_id, system, to_item

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:feedback-prod-1.1.0"
ALICE = "arn:aws:iam::123456789012:user/alice"
BOB = "arn:aws:iam::123456789012:user/bob"
MANAGER = "arn:aws:sts::123456789012:assumed-role/ReleaseManagers/carol"
ID = approval_id(EXECUTION)
ROLES = {"release-manager": [BOB, "arn:aws:iam::123456789012:role/staff/ReleaseManagers"]}


class Scene:
    """A pending approval, people, and what they are answered."""

    def __init__(self, places, question):
        self.places = places
        self.question = question
        self.roles(ROLES)
        self.ask("token-1")

    def ask(self, token):
        record = request_approval.pending({**self.question, "task_token": token})
        self.put(record)

    def roles(self, roles):
        self.put({**system("feedback"), "manifest": json.dumps({"roles": roles})})

    def put(self, record):
        self.places.dynamodb.put_item(TableName=self.places.table, Item=to_item(record))

    def send(self, caller, body, places=None, **more):
        event = {
            "version": "2.0",
            "requestContext": {"authorizer": {"iam": {"userArn": caller}}},
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
            **more,
        }
        reply = decide.answer(event, places or self.places)
        answer = json.loads(reply["body"])
        assert answer["status"] == reply["statusCode"]
        return reply["statusCode"], answer["message"]

    def decide(self, caller, decision="approve", places=None, **changed):
        body = {"id": ID, "decision": decision, "reason": "Looks good", "digest": "ab" * 32}
        return self.send(caller, {**body, **changed}, places)


@pytest.fixture
def scene(dynamodb, state_table, audit_table, question, waiting):
    return Scene(decide.Places(state_table, audit_table, dynamodb, waiting), question)


def test_an_approval_reaches_the_execution(scene, waiting, approval, trail):
    status, message = scene.decide(BOB)

    assert (status, message) == (200, "The promotion of feedback 1.1.0 to prod is approved.")
    ((kind, token, output),) = waiting.told
    assert (kind, token) == ("success", "token-1")
    assert output["decided_by"] == BOB
    assert output["reason"] == "Looks good"
    record = approval()
    assert record["status"] == "approved"
    assert record["decided_by"] == BOB
    assert "delivered_at" in record
    (entry,) = trail()
    assert (entry["who"], entry["outcome"]) == (BOB, "approved")
    assert entry["digest"] == "ab" * 32


def test_a_rejection_fails_the_wait_with_who_and_why(scene, waiting, approval):
    assert scene.decide(BOB, "reject", reason="Not on a Friday")[0] == 200

    assert waiting.told == [
        ("failure", "token-1", "ApprovalRejected", f"Rejected by {BOB}: Not on a Friday")
    ]
    assert approval()["status"] == "rejected"


@pytest.mark.parametrize(
    "caller",
    [
        ALICE,
        "arn:aws:sts::123456789012:assumed-role/ReleaseManagers/alice",
        "arn:aws:sts::999999999999:assumed-role/ReleaseManagers/Alice",
    ],
)
def test_the_requester_never_decides(scene, waiting, approval, trail, caller):
    scene.roles({"release-manager": [caller]})

    status, message = scene.decide(caller)

    assert status == 403
    assert "asked for the promotion of feedback 1.1.0 to prod" in message
    assert waiting.told == []
    assert approval()["status"] == "pending"
    (entry,) = trail()
    assert entry["who"] == caller
    assert entry["outcome"].startswith("refused: ")


def test_a_stranger_is_refused(scene, waiting, trail):
    status, message = scene.decide("arn:aws:iam::123456789012:user/mallory")

    assert status == 403
    assert "is not release-manager of feedback" in message
    assert waiting.told == []
    assert trail()[0]["who"].endswith("mallory")


def test_roles_are_looked_up_at_the_moment_of_the_decision(scene):
    scene.roles({"release-manager": [MANAGER]})
    assert scene.decide(BOB)[0] == 403

    scene.roles({"release-manager": [BOB]})
    assert scene.decide(BOB)[0] == 200


def test_a_role_of_the_system_that_is_not_asked_for_does_not_count(scene):
    scene.roles({"operator": [BOB], "release-manager": [MANAGER]})

    assert scene.decide(BOB)[0] == 403


def test_a_session_of_a_mapped_role_decides(scene):
    assert scene.decide(MANAGER)[0] == 200


def test_another_digest_is_refused(scene, waiting, trail):
    status, message = scene.decide(BOB, digest="ef" * 32)

    assert status == 409
    assert "ab" * 32 in message
    assert waiting.told == []
    assert "digest" in trail()[0]["outcome"]


@pytest.mark.parametrize("second", [BOB, MANAGER])
@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_decision_counts_once(scene, waiting, second, decision):
    scene.decide(BOB)

    status, message = scene.decide(second, decision)

    assert status == 409
    assert f"approved by {BOB}" in message
    assert len(waiting.told) == 1


def test_of_two_decisions_at_the_same_moment_one_counts(scene, waiting, approval):
    class Overtaken:
        exceptions = scene.places.dynamodb.exceptions

        def __getattr__(self, name):
            if name == "update_item" and approval()["status"] == "pending":
                scene.decide(MANAGER, "reject")
            return getattr(scene.places.dynamodb, name)

    places = scene.places._replace(dynamodb=Overtaken())

    status, message = scene.decide(BOB, places=places)

    assert status == 409
    assert f"rejected by {MANAGER}" in message
    assert [told[0] for told in waiting.told] == ["failure"]


def test_too_late_is_answered_as_expired(scene, waiting, set_approval):
    set_approval(expires_at=1)

    status, message = scene.decide(BOB)

    assert status == 410
    assert "expired" in message
    assert waiting.told == []


@pytest.mark.parametrize(("closed", "status"), [("expired", 410), ("void", 409)])
def test_a_closed_approval_takes_no_decision(scene, set_approval, closed, status):
    set_approval(status=closed)

    assert scene.decide(BOB)[0] == status


def test_an_unknown_approval_is_answered(scene):
    status, message = scene.decide(BOB, id="0123456789")

    assert status == 404
    assert "0123456789" in message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 20000, "larger"),
        ("[" * 9000, "not JSON"),
        ("[]", "decision is wrong"),
        ({"id": ID, "decision": "approve", "digest": "ab" * 32}, "reason"),
        ({"id": ID, "decision": "maybe", "reason": "x", "digest": "ab" * 32}, "decision"),
        ({"id": ID, "decision": "approve", "reason": " ", "digest": "ab" * 32}, "reason"),
        ({"id": ID, "decision": "approve", "reason": "x", "digest": "AB"}, "digest"),
        (
            {"id": ID, "decision": "approve", "reason": "x", "digest": "ab" * 32, "as": BOB},
            "as",
        ),
    ],
)
def test_a_malformed_decision_is_answered_with_what_is_wrong(scene, waiting, body, said):
    status, message = scene.send(BOB, body)

    assert status == 400
    assert said in message
    assert waiting.told == []


def test_an_encoded_body_is_read(scene):
    body = json.dumps(
        {"id": ID, "decision": "approve", "reason": "Looks good", "digest": "ab" * 32}
    )
    encoded = base64.b64encode(body.encode()).decode()

    assert scene.send(BOB, encoded, isBase64Encoded=True)[0] == 200


def test_a_request_without_a_signer_is_refused(scene):
    assert scene.send(BOB, {}, requestContext={"authorizer": None})[0] == 403


def test_a_decision_that_could_not_be_delivered_is_finished_by_the_same_request(
    scene, waiting, approval
):
    waiting.failures = ["ThrottlingException"]
    status, message = scene.decide(BOB)
    assert status == 503
    assert "Send the same again" in message
    assert approval()["status"] == "approved"

    assert scene.decide(MANAGER)[0] == 409
    assert scene.decide(BOB, "reject")[0] == 409
    assert scene.decide(BOB)[0] == 200
    assert len(waiting.told) == 1
    assert "delivered_at" in approval()


def test_an_execution_that_no_longer_waits_is_said_so(scene, waiting):
    waiting.open.clear()

    status, message = scene.decide(BOB)

    assert status == 410
    assert "no longer waits" in message


def test_a_question_put_again_is_answered_under_its_new_token(scene, waiting):
    waiting.open.discard("token-1")
    assert scene.decide(BOB)[0] == 410

    scene.ask("token-2")
    assert scene.decide(BOB)[0] == 200
    assert [told[1] for told in waiting.told] == ["token-2"]


@pytest.mark.parametrize("operation", ["get_item", "update_item", "put_item"])
def test_throttling_of_each_call_is_answered_and_the_same_request_finishes_it(
    scene, refusing, waiting, operation
):
    throttled = refusing(scene.places.dynamodb, operation, "ThrottlingException")
    places = scene.places._replace(dynamodb=throttled)

    assert scene.decide(BOB, places=places)[0] == 503
    assert waiting.told == []
    assert scene.decide(BOB, places=places)[0] == 200
    assert len(waiting.told) == 1


def test_a_missing_permission_is_a_defect_and_no_answer(scene, refusing):
    denied = refusing(scene.places.dynamodb, "get_item", "AccessDeniedException")

    with pytest.raises(AccessRefused):
        scene.decide(BOB, places=scene.places._replace(dynamodb=denied))


def test_the_function_url_is_answered(scene, monkeypatch, dynamodb):
    event = {
        "requestContext": {"authorizer": {"iam": {"userArn": BOB}}},
        "body": "{}",
        "isBase64Encoded": False,
    }

    reply = decide.handler(event, None)

    assert reply["statusCode"] == 400
    assert reply["headers"]["content-type"] == "application/json"
