"""What a set of policy documents allows."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.iam.policy import Decision, decide, parse

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/state"


def judged(statements, action="dynamodb:PutItem", resource=TABLE, context=None):
    return decide(parse(json.dumps({"Statement": statements})), action, resource, context or {})


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "dynamodb:PutItem", "Resource": TABLE}, Decision.ALLOWED),
        ({"Action": "dynamodb:putitem", "Resource": TABLE}, Decision.ALLOWED),
        ({"Action": ["s3:*", "dynamodb:Put*"], "Resource": "*"}, Decision.ALLOWED),
        ({"Action": "dynamodb:Put?tem", "Resource": TABLE[:-1] + "?"}, Decision.ALLOWED),
        ({"Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/s*"}, Decision.ALLOWED),
        ({"Action": "dynamodb:PutItem", "Resource": TABLE + "/index/x"}, Decision.NOT_ALLOWED),
        ({"Action": "dynamodb:PutItem", "Resource": TABLE.upper()}, Decision.NOT_ALLOWED),
        ({"Action": "dynamodb:Put", "Resource": TABLE}, Decision.NOT_ALLOWED),
        ({"Action": "dynamodb.PutItem", "Resource": TABLE}, Decision.NOT_ALLOWED),
        ({"NotAction": "dynamodb:Delete*", "Resource": TABLE}, Decision.ALLOWED),
        ({"NotAction": "dynamodb:*", "Resource": TABLE}, Decision.NOT_ALLOWED),
        ({"Action": "*", "NotResource": "*table/audit"}, Decision.ALLOWED),
        ({"Action": "*", "NotResource": "*table/st*"}, Decision.NOT_ALLOWED),
    ],
)
def test_a_statement_covers_what_its_patterns_match(statement, expected):
    assert judged([{"Effect": "Allow", **statement}]) is expected


def test_an_explicit_deny_wins_over_every_allow():
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "dynamodb:Put*", "Resource": "*"}
    assert judged([everything, deny, everything]) is Decision.DENIED
    assert judged([everything, deny], action="dynamodb:GetItem") is Decision.ALLOWED


def test_one_statement_needs_no_list():
    assert judged({"Effect": "Allow", "Action": "*", "Resource": "*"}) is Decision.ALLOWED


@pytest.mark.parametrize("document", ["", "no json", "[]", "{}", '{"Statement": [{}]}'])
def test_a_document_that_is_no_policy_allows_nothing(document):
    assert parse(document) == ()


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": {"iam:PassedToService": "a"}}, {"iam:passedtoservice": "a"}, True),
        ({"StringEquals": {"iam:PassedToService": ["a", "b"]}}, {"iam:passedtoservice": "b"}, True),
        ({"StringEquals": {"iam:PassedToService": "a"}}, {"iam:passedtoservice": "A"}, False),
        ({"StringEquals": {"iam:PassedToService": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"iam:PassedToService": "a"}}, {}, True),
        ({"StringNotEquals": {"aws:userid": ["a", "b"]}}, {"aws:userid": "c"}, True),
        ({"StringNotEquals": {"aws:userid": ["a", "b"]}}, {"aws:userid": "b"}, False),
        ({"StringLike": {"s3:prefix": "a/*"}}, {"s3:prefix": "a/b"}, True),
        ({"StringLike": {"s3:prefix": "a[b]*"}}, {"s3:prefix": "a[b]c"}, True),
        ({"ArnLike": {"aws:PrincipalArn": "*:role/x*"}}, {"aws:principalarn": "arn:role/xy"}, True),
        ({"ArnNotLike": {"aws:PrincipalArn": "*:role/x"}}, {"aws:principalarn": "a:role/x"}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:securetransport": "false"}, False),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:securetransport": "false"}, True),
        ({"Null": {"sts:ExternalId": "true"}}, {}, True),
        ({"Null": {"sts:ExternalId": "false"}}, {}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {"aws:sourceip": "127.0.0.1"}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "b"}}, {"aws:calledvia": ["a", "b"]}, True),
        ({"ForAllValues:StringLike": {"aws:CalledVia": "b"}}, {"aws:calledvia": "ab"}, False),
    ],
)
def test_a_statement_applies_only_where_its_condition_holds(condition, context, holds):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    assert (judged([statement], context=context) is Decision.ALLOWED) is holds


@pytest.mark.parametrize(
    "odd",
    [
        {"Condition": {"StringEquals": {"aws:NotKnownHere": "a"}}},
        {"Condition": {"BinaryEquals": {"aws:CurrentTime": "2026-01-01"}}},
        {"Condition": {"StringEquals": {"aws:username": "${aws:PrincipalTag/x}"}}},
        {"Resource": "arn:aws:s3:::${aws:username}"},
    ],
)
def test_what_cannot_be_judged_counts_against_the_caller(odd):
    context = {"aws:username": "bob", "aws:currenttime": "2026-02-01"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert judged([{**allow, **odd}], context=context) is Decision.NOT_ALLOWED
    assert judged([allow, {**allow, "Effect": "Deny", **odd}], context=context) is Decision.DENIED


STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Action": st.sampled_from(["*", "a:*", "a:b", "b:*", "a:?"]),
            "Resource": st.sampled_from(["*", "x*", "xy", "z"]),
        }
    ),
    max_size=6,
)
ACTIONS = st.sampled_from(["a:b", "a:cc", "b:b"])
RESOURCES = st.sampled_from(["*", "xy", "x", "z"])


@given(STATEMENTS, ACTIONS, RESOURCES, st.randoms())
def test_the_order_of_statements_does_not_matter(
    statements: list, action: str, resource: str, chance: random.Random
):
    shuffled = list(statements)
    chance.shuffle(shuffled)
    assert judged(statements, action, resource) is judged(shuffled, action, resource)


@given(STATEMENTS, STATEMENTS, ACTIONS, RESOURCES)
def test_a_deny_wins_whatever_else_is_said(before: list, after: list, action: str, resource: str):
    deny = {"Effect": "Deny", "Action": action, "Resource": resource}
    assert judged([*before, deny, *after], action, resource) is Decision.DENIED


@given(STATEMENTS, STATEMENTS, ACTIONS, RESOURCES)
def test_one_more_allow_never_takes_a_permission_away(
    statements: list, added: list, action: str, resource: str
):
    allows = [{**each, "Effect": "Allow"} for each in added]
    if judged(statements, action, resource) is Decision.ALLOWED:
        assert judged([*statements, *allows], action, resource) is Decision.ALLOWED
