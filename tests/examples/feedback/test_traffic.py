"""The synthetic traffic is repeatable, shaped like the API's, and counted by what answered."""

import io
import itertools
import json
import threading

import pytest


class Functions:
    """A Lambda client whose functions answer in turn from versions 1 and 2; 2 fails on POST."""

    def __init__(self, enough=20):
        self.requests, self.enough = [], threading.Event()
        self._wanted, self._lock = enough, threading.Lock()

    def invoke(self, **request):
        with self._lock:
            self.requests.append(request)
            version = str(1 + len(self.requests) % 2)
            if len(self.requests) >= self._wanted:
                self.enough.set()
        event = json.loads(request["Payload"])
        reply = {"ExecutedVersion": version}
        if version == "2" and event["httpMethod"] == "POST":
            return reply | {
                "FunctionError": "Unhandled",
                "Payload": io.BytesIO(b'{"errorType": 1}'),
            }
        return reply | {"Payload": io.BytesIO(b'{"statusCode": 201}')}


class Unreachable:
    def __init__(self):
        self.tried = threading.Event()

    def invoke(self, **request):
        self.tried.set()
        raise ConnectionError("no route")


@pytest.fixture
def answered(traffic):
    """Let the functions answer twenty requests, and give the traffic and the client."""
    client = Functions()
    with traffic.Traffic(client, "feedback-prod", per_second=500) as running:
        assert client.enough.wait(30)
    return running.answers, client.requests


def first(traffic, seed, number=300):
    return list(itertools.islice(traffic.requests(seed), number))


def test_the_same_seed_gives_the_same_requests(traffic):
    assert first(traffic, 7) == first(traffic, 7)
    assert first(traffic, 7) != first(traffic, 8)


def test_about_one_message_in_five_is_a_plain_one(traffic):
    bodies = [json.loads(event["body"]) for _, event in first(traffic, 1, 2000) if "body" in event]
    plain = sum(body["message"] in traffic.PLAIN for body in bodies)
    assert 0.15 < plain / len(bodies) < 0.25


def test_every_request_has_the_shape_of_the_api(traffic):
    for function, event in first(traffic, 1):
        assert (function, event["httpMethod"]) in (
            ("create-feedback", "POST"),
            ("list-feedback", "GET"),
        )
        assert event["path"] == "/feedback"


def test_requests_go_through_the_alias(answered):
    _, requests = answered
    assert {request["Qualifier"] for request in requests} == {"live"}
    assert {request["FunctionName"] for request in requests} <= {
        "feedback-prod-create-feedback",
        "feedback-prod-list-feedback",
    }


def test_every_answer_is_counted_by_version_and_outcome(answered):
    answers, requests = answered
    assert answers.total() == len(requests) >= 20
    assert answers.total(version="1") + answers.total(version="2") == len(requests)
    assert answers.total(version="2", outcome="error") > 0
    assert answers.total(version="1", outcome="error") == 0
    assert answers.share("1") + answers.share("2") == pytest.approx(1)


def test_nothing_is_sent_after_the_stop(answered):
    answers, requests = answered
    assert answers.total() == len(requests)
    assert not any(thread.name == "traffic" for thread in threading.enumerate())


def test_a_request_without_an_answer_is_counted_too(traffic):
    client = Unreachable()
    running = traffic.Traffic(client, "feedback-prod", per_second=500).start()
    assert client.tried.wait(30)
    answers = running.stop()
    assert answers.total(outcome="unreachable: ConnectionError") == answers.total() >= 1


def test_no_answers_have_no_share(traffic):
    assert traffic.Answers().share("1") == 0
