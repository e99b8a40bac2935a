"""A copy of a stack is harmless to its source, or it is refused."""

import pytest

from tasks.errors import DrillRefused
from tasks.exports import copies
from tasks.exports.texts import Resolver

ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/feedback-prod/1"


def export(**changes):
    return {
        "stack": "feedback-prod",
        "stack_id": ID,
        "parameters": {"Environment": "prod"},
        "masked": [],
        "resources": [],
        **changes,
    }


def resource(physical_id, kind="AWS::DynamoDB::Table"):
    return {"logical_id": "Own", "type": kind, "physical_id": physical_id, "status": "x"}


def template(properties, **more):
    return {"Resources": {"One": {"Type": "x", "Properties": properties}}, **more}


TABLE = resource("feedback-prod-items")
TOPIC = resource("arn:aws:sns:us-east-1:123456789012:feedback-prod-alarms", "AWS::SNS::Topic")
QUEUE = resource("https://sqs.us-east-1.amazonaws.com/123456789012/feedback-prod-jobs", "q")
STAGE = resource("prod", "AWS::ApiGateway::Stage")


@pytest.mark.parametrize(
    ("taken", "properties"),
    [
        (TABLE, {"TableName": "feedback-prod-items"}),
        (TABLE, {"TableName": {"Fn::Sub": "feedback-${Stage}-items"}}),
        (TABLE, {"TableName": {"Fn::Join": ["-", ["feedback", {"Ref": "Stage"}, "items"]]}}),
        (TABLE, {"TableName": {"Fn::If": ["C", "other", "feedback-prod-items"]}}),
        (TABLE, {"TableName": {"Fn::FindInMap": ["Names", {"Ref": "Stage"}, "table"]}}),
        (TABLE, {"TableName": {"Fn::Sub": ["${a}-items", {"a": "feedback-prod"}]}}),
        (TABLE, {"Environment": {"Variables": {"TABLE": "feedback-prod-items"}}}),
        (
            TABLE,
            {
                "Policy": [
                    {
                        "Resource": {
                            "Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:1:table/feedback-prod-items"
                        }
                    }
                ]
            },
        ),
        (TOPIC, {"TopicName": "feedback-prod-alarms"}),
        (TOPIC, {"AlarmActions": ["arn:aws:sns:us-east-1:123456789012:feedback-prod-alarms"]}),
        (QUEUE, {"QueueName": "feedback-prod-jobs"}),
    ],
)
def test_what_names_a_resource_of_the_source_is_refused(taken, properties):
    names = {"Mappings": {"Names": {"prod": {"table": "feedback-prod-items"}}}}

    with pytest.raises(DrillRefused, match=r"One \(.*feedback-prod-"):
        copies.refuse_collisions(
            export(resources=[taken]), template(properties, **names), {"Stage": "prod"}, "copy"
        )


@pytest.mark.parametrize(
    ("taken", "properties"),
    [
        (TABLE, {"TableName": {"Fn::Sub": "feedback-${Environment}-items"}}),
        (TABLE, {"TableName": {"Fn::Sub": "${AWS::StackName}-items"}}),
        (TABLE, {"TableName": {"Fn::GetAtt": ["Other", "Name"]}}),
        (TABLE, {"TableName": {"Fn::Sub": "feedback-${Other.Name}-items"}}),
        (TABLE, {"TableName": "feedback-prod-items-archive"}),
        (TABLE, {}),
        (STAGE, {"StageName": "prod"}),
        (resource(""), {"Name": ""}),
    ],
)
def test_what_names_none_is_not(taken, properties):
    given = {"Environment": "drill-1f0c2a9b"}

    copies.refuse_collisions(export(resources=[taken]), template(properties), given, "drill-copy")


def test_a_default_of_the_template_counts_where_nothing_else_is_given():
    declared = {"Parameters": {"Stage": {"Default": "prod"}}}
    named = template({"TableName": {"Fn::Sub": "feedback-${Stage}-items"}}, **declared)

    with pytest.raises(DrillRefused):
        copies.refuse_collisions(export(resources=[TABLE]), named, {}, "copy")


class TestParameters:
    DECLARED = {"Parameters": {"Environment": {}, "Password": {}, "Size": {"Default": "1"}}}

    def of(self, given, **changes):
        config = {"drill_parameters": given}
        return copies.parameters(export(**changes), self.DECLARED, config, "drill-1f0c2a9b")

    def test_the_drill_changes_what_the_manifest_says(self):
        assert self.of({"Environment": "{drill}", "Size": "small"}) == {
            "Environment": "drill-1f0c2a9b",
            "Size": "small",
        }

    def test_one_that_the_template_does_not_declare_is_refused(self):
        with pytest.raises(DrillRefused, match="does not declare Enviroment"):
            self.of({"Enviroment": "{drill}"})

    def test_a_secret_without_a_value_is_refused(self):
        with pytest.raises(DrillRefused, match="has no value for Password, which is secret"):
            self.of({}, masked=["Password"])

    def test_a_secret_takes_the_manifests_value_or_the_templates(self):
        assert self.of({"Password": "for drills"}, masked=["Password"])["Password"] == "for drills"
        assert "Size" not in self.of({}, masked=["Size"])


class TestDeletable:
    def test_nothing_outlives_the_copy(self):
        kept = {
            "Resources": {
                "A": {
                    "Type": "AWS::DynamoDB::Table",
                    "DeletionPolicy": "Retain",
                    "Properties": {"DeletionProtectionEnabled": True, "TableName": "a"},
                },
                "B": {
                    "Type": "AWS::Cognito::UserPool",
                    "Properties": {"DeletionProtection": "ACTIVE"},
                },
                "C": {"Type": "AWS::RDS::DBInstance", "Properties": {"DeletionProtection": True}},
                "D": {
                    "Type": "AWS::DynamoDB::GlobalTable",
                    "Properties": {"Replicas": [{"DeletionProtectionEnabled": True}]},
                },
            }
        }

        found = copies.deletable(kept)["Resources"]

        assert {one["DeletionPolicy"] for one in found.values()} == {"Delete"}
        assert found["A"]["Properties"] == {"DeletionProtectionEnabled": False, "TableName": "a"}
        assert found["B"]["Properties"]["DeletionProtection"] == "INACTIVE"
        assert found["C"]["Properties"]["DeletionProtection"] is False
        assert found["D"]["Properties"]["Replicas"] == [{"DeletionProtectionEnabled": False}]

    def test_a_template_that_is_not_json_is_refused(self):
        with pytest.raises(DrillRefused, match="is not JSON"):
            copies.parse("feedback-prod", "Resources:\n  A: {}\n")


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ({"Fn::Sub": "${A}-${!Literal}"}, {"1-${Literal}"}),
        ({"Fn::Sub": "${A}${B}"}, set()),
        ({"Ref": "B"}, set()),
        (7, {"7"}),
        (True, set()),
        ({"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}, {"1"}),
        ({"Fn::Join": ["-", {"Ref": "A"}]}, set()),
        ({"Fn::FindInMap": ["M", "top", "low"]}, {"2"}),
        ({"Fn::FindInMap": ["M", "top", "none"]}, set()),
    ],
)
def test_texts_are_found_as_far_as_parameters_decide_them(value, texts):
    resolver = Resolver({"Mappings": {"M": {"top": {"low": "2"}}}}, {"A": "1"})

    assert resolver.texts(value) == texts
