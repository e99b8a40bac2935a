"""Which permissions a call needs, read from the request that the SDK sends."""

import pytest

from infra.local.iam.arns import Place
from infra.local.iam.checks import checks
from infra.local.iam.operations import UnknownOperation, identify
from infra.local.iam.signature import read

PLACE = Place("us-east-1", "123456789012")
ROLE = "arn:aws:iam::123456789012:role/worker"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:create"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:daytwo-promotion"


def needed(environ):
    operation = identify(read(environ).service, environ, environ["daytwo.body"])
    return [(check.action, check.resource) for check in checks(operation, PLACE)]


def regional(service, resource):
    return f"arn:aws:{service}:us-east-1:123456789012:{resource}"


TABLE = {"TableName": "state", "Key": {"pk": {"S": "a"}}}
TRANSACTION = [
    {"Put": {"TableName": "state", "Item": {}}},
    {"Update": {"TableName": "audit", "Key": {}, "UpdateExpression": ""}},
    {"ConditionCheck": {"TableName": "state", "Key": {}, "ConditionExpression": ""}},
]
DYNAMODB = [
    ("get_item", TABLE, [("GetItem", "table/state")]),
    ("query", {"TableName": "state", "IndexName": "by"}, [("Query", "table/state/index/by")]),
    ("get_item", {**TABLE, "TableName": regional("dynamodb", "table/x")}, [("GetItem", "table/x")]),
    (
        "transact_write_items",
        {"TransactItems": TRANSACTION},
        [
            ("PutItem", "table/state"),
            ("UpdateItem", "table/audit"),
            ("ConditionCheckItem", "table/state"),
        ],
    ),
    (
        "batch_write_item",
        {"RequestItems": {"a": [], "b": []}},
        [("BatchWriteItem", "table/a"), ("BatchWriteItem", "table/b")],
    ),
]


@pytest.mark.parametrize(("method", "parameters", "expected"), DYNAMODB)
def test_dynamodb_needs_the_action_on_each_table_and_index(sent, method, parameters, expected):
    found = needed(sent("dynamodb", method, **parameters))
    assert found == [(f"dynamodb:{action}", regional("dynamodb", end)) for action, end in expected]


OBJECT = {"Bucket": "artifacts", "Key": "a/b ü"}
S3 = [
    ("list_buckets", {}, [("ListAllMyBuckets", "*")]),
    ("list_objects_v2", {"Bucket": "artifacts"}, [("ListBucket", "artifacts")]),
    ("head_bucket", {"Bucket": "artifacts"}, [("ListBucket", "artifacts")]),
    ("get_object", OBJECT, [("GetObject", "artifacts/a/b ü")]),
    ("head_object", OBJECT, [("GetObject", "artifacts/a/b ü")]),
    ("get_object", {**OBJECT, "VersionId": "1"}, [("GetObjectVersion", "artifacts/a/b ü")]),
    ("put_object", {**OBJECT, "Body": b"{}"}, [("PutObject", "artifacts/a/b ü")]),
    ("delete_object", OBJECT, [("DeleteObject", "artifacts/a/b ü")]),
    ("get_bucket_versioning", {"Bucket": "artifacts"}, [("GetBucketVersioning", "artifacts")]),
    (
        "copy_object",
        {**OBJECT, "CopySource": {"Bucket": "from", "Key": "x/y z"}},
        [("GetObject", "from/x/y z"), ("PutObject", "artifacts/a/b ü")],
    ),
    (
        "delete_objects",
        {
            "Bucket": "artifacts",
            "Delete": {"Objects": [{"Key": "a&b"}, {"Key": "c", "VersionId": "1"}]},
        },
        [("DeleteObject", "artifacts/a&b"), ("DeleteObjectVersion", "artifacts/c")],
    ),
]


@pytest.mark.parametrize(("method", "parameters", "expected"), S3)
def test_s3_needs_the_action_that_its_page_names(sent, method, parameters, expected):
    found = needed(sent("s3", method, **parameters))
    assert found == [
        (f"s3:{action}", end if end == "*" else f"arn:aws:s3:::{end}") for action, end in expected
    ]


LAMBDA = [
    (
        "invoke",
        {"FunctionName": "create", "Payload": b'{"FunctionName": "other"}'},
        "InvokeFunction",
        "",
    ),
    ("invoke", {"FunctionName": "create", "Qualifier": "live"}, "InvokeFunction", ":live"),
    ("invoke", {"FunctionName": f"{FUNCTION}:3"}, "InvokeFunction", ":3"),
    ("invoke", {"FunctionName": "123456789012:function:create:3"}, "InvokeFunction", ":3"),
    ("update_alias", {"FunctionName": "create", "Name": "live"}, "UpdateAlias", ""),
    ("publish_version", {"FunctionName": FUNCTION}, "PublishVersion", ""),
    ("get_function", {"FunctionName": "create", "Qualifier": "2"}, "GetFunction", ":2"),
]


@pytest.mark.parametrize(("method", "parameters", "action", "qualifier"), LAMBDA)
def test_lambda_needs_the_function_and_where_it_matters_the_qualifier(
    sent, method, parameters, action, qualifier
):
    found = needed(sent("lambda", method, **parameters))
    assert found == [(f"lambda:{action}", FUNCTION + qualifier)]


def test_code_in_a_bucket_is_read_by_the_caller(sent):
    found = needed(
        sent("lambda", "update_function_code", FunctionName="create", S3Bucket="b", S3Key="k/z")
    )
    assert found == [
        ("lambda:UpdateFunctionCode", FUNCTION),
        ("s3:GetObject", "arn:aws:s3:::b/k/z"),
    ]


STACK = regional("cloudformation", "stack/feedback-prod/*")
OTHERS = [
    (
        "stepfunctions",
        "start_execution",
        {"stateMachineArn": MACHINE},
        "states:StartExecution",
        MACHINE,
    ),
    ("stepfunctions", "list_state_machines", {}, "states:ListStateMachines", "*"),
    (
        "stepfunctions",
        "send_task_success",
        {"taskToken": "t", "output": "{}"},
        "states:SendTaskSuccess",
        "*",
    ),
    (
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "daytwo", "MetricData": []},
        "cloudwatch:PutMetricData",
        "*",
    ),
    (
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["a"]},
        "cloudwatch:DescribeAlarms",
        regional("cloudwatch", "alarm:a"),
    ),
    (
        "sns",
        "publish",
        {"TopicArn": regional("sns", "t"), "Message": "m"},
        "sns:Publish",
        regional("sns", "t"),
    ),
    (
        "sqs",
        "send_message",
        {"QueueUrl": "http://127.0.0.1:4577/123456789012/q", "MessageBody": "b"},
        "sqs:SendMessage",
        regional("sqs", "q"),
    ),
    (
        "events",
        "put_events",
        {"Entries": [{"Source": "s"}, {"Source": "t"}]},
        "events:PutEvents",
        regional("events", "event-bus/default"),
    ),
    ("events", "put_rule", {"Name": "r"}, "events:PutRule", regional("events", "rule/r")),
    (
        "events",
        "disable_rule",
        {"Name": "r", "EventBusName": "b"},
        "events:DisableRule",
        regional("events", "rule/b/r"),
    ),
    (
        "logs",
        "put_log_events",
        {"logGroupName": "/g", "logStreamName": "s", "logEvents": []},
        "logs:PutLogEvents",
        regional("logs", "log-group:/g:log-stream:s"),
    ),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "/g"},
        "logs:CreateLogGroup",
        regional("logs", "log-group:/g:log-stream:"),
    ),
    (
        "cloudformation",
        "describe_stacks",
        {"StackName": "feedback-prod"},
        "cloudformation:DescribeStacks",
        STACK,
    ),
    (
        "cloudformation",
        "validate_template",
        {"TemplateBody": "{}"},
        "cloudformation:ValidateTemplate",
        "*",
    ),
    ("sts", "assume_role", {"RoleArn": ROLE, "RoleSessionName": "s"}, "sts:AssumeRole", ROLE),
    ("iam", "get_role", {"RoleName": "worker"}, "iam:GetRole", ROLE),
    (
        "iam",
        "simulate_principal_policy",
        {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"]},
        "iam:SimulatePrincipalPolicy",
        ROLE,
    ),
    (
        "ec2",
        "stop_instances",
        {"InstanceIds": ["i-1"]},
        "ec2:StopInstances",
        regional("ec2", "instance/i-1"),
    ),
    ("ec2", "describe_instances", {"InstanceIds": ["i-1"]}, "ec2:DescribeInstances", "*"),
    (
        "autoscaling",
        "set_desired_capacity",
        {"AutoScalingGroupName": "g", "DesiredCapacity": 1},
        "autoscaling:SetDesiredCapacity",
        regional("autoscaling", "autoScalingGroup:*:autoScalingGroupName/g"),
    ),
    (
        "scheduler",
        "get_schedule",
        {"Name": "n"},
        "scheduler:GetSchedule",
        regional("scheduler", "schedule/default/n"),
    ),
    ("xray", "put_trace_segments", {"TraceSegmentDocuments": []}, "xray:PutTraceSegments", "*"),
]


@pytest.mark.parametrize(("service", "method", "parameters", "action", "resource"), OTHERS)
def test_each_service_names_its_resource(sent, service, method, parameters, action, resource):
    assert needed(sent(service, method, **parameters)) == [(action, resource)]


def test_each_of_several_instances_is_asked_for(sent):
    found = needed(sent("ec2", "stop_instances", InstanceIds=["i-1", "i-2"]))
    assert [resource.rpartition("/")[2] for _, resource in found] == ["i-1", "i-2"]


PASSING = [
    (
        "lambda",
        "create_function",
        {"FunctionName": "create", "Role": ROLE, "Code": {"ZipFile": b""}},
    ),
    ("stepfunctions", "create_state_machine", {"name": "m", "definition": "{}", "roleArn": ROLE}),
    (
        "cloudformation",
        "create_change_set",
        {"StackName": "s", "ChangeSetName": "c", "RoleARN": ROLE},
    ),
    (
        "scheduler",
        "create_schedule",
        {
            "Name": "n",
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": "a", "RoleArn": ROLE},
        },
    ),
    ("events", "put_targets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": "a", "RoleArn": ROLE}]}),
]


@pytest.mark.parametrize(("service", "method", "parameters"), PASSING)
def test_a_role_that_is_handed_over_needs_pass_role(sent, service, method, parameters):
    assert ("iam:PassRole", ROLE) in needed(sent(service, method, **parameters))


def test_a_template_in_a_bucket_is_read_by_the_caller(sent):
    url = "http://127.0.0.1:4577/artifacts/releases/t.json"
    found = needed(
        sent(
            "cloudformation", "create_change_set", StackName="s", ChangeSetName="c", TemplateURL=url
        )
    )
    assert ("s3:GetObject", "arn:aws:s3:::artifacts/releases/t.json") in found


def test_who_one_is_may_always_be_asked(sent):
    assert needed(sent("sts", "get_caller_identity")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"daytwo.body": b"no json"},
        {"daytwo.body": b"[]"},
        {"QUERY_STRING": "Action=DeleteTable"},
        {"CONTENT_TYPE": "application/x-www-form-urlencoded"},
        {"HTTP_X_AMZ_TARGET": "", "RAW_URI": "/odd", "PATH_INFO": "/odd"},
    ],
)
def test_what_fits_no_operation_is_refused(sent, change):
    environ = {**sent("dynamodb", "list_tables"), **change}
    with pytest.raises(UnknownOperation):
        needed(environ)


def test_of_two_actions_the_one_that_is_carried_out_is_judged(sent):
    environ = sent("sns", "list_topics")
    environ["daytwo.body"] = b"Action=DeleteTopic&TopicArn=arn:t&Action=GetCallerIdentity"
    environ["QUERY_STRING"] = "Action=ListTopics"
    assert needed(environ) == [("sns:DeleteTopic", "arn:t")]
