"""Resource types beside functions: real for the API, changed in place, gone when deleted."""

import copy
import json

import pytest
from botocore.exceptions import ClientError

MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:work"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}],
}

ONLY_OVER_TLS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::its-bucket/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


def resource(type_name, **properties):
    return {"Type": f"AWS::{type_name}", "Properties": properties}


def test_an_alarm(stacks):
    alarm = resource(
        "CloudWatch::Alarm",
        AlarmName="errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period="60",
        EvaluationPeriods=1,
        Threshold="5",
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Dimensions=[{"Name": "FunctionName", "Value": "worker"}],
    )
    stack = stacks.deploy(
        {"Alarm": alarm}, Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}}}
    )
    aws = stacks.client("cloudwatch")
    found = aws.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
    assert (found["Period"], found["Threshold"], found["TreatMissingData"]) == (
        60,
        5.0,
        "notBreaching",
    )
    assert stack["Outputs"][0]["OutputValue"] == found["AlarmArn"]
    alarm["Properties"]["Threshold"] = 7
    stacks.deploy({"Alarm": alarm})
    assert aws.describe_alarms()["MetricAlarms"][0]["Threshold"] == 7.0
    stacks.delete()
    assert aws.describe_alarms()["MetricAlarms"] == []


def test_a_dashboard(stacks):
    aws = stacks.client("cloudwatch")
    for widgets in ([], [{"type": "text"}]):
        body = json.dumps({"widgets": widgets})
        board = resource("CloudWatch::Dashboard", DashboardName="it", DashboardBody=body)
        stacks.deploy({"Board": board})
        assert aws.get_dashboard(DashboardName="it")["DashboardBody"] == body
    stacks.delete()
    assert aws.list_dashboards()["DashboardEntries"] == []


def test_a_log_group_with_its_retention(stacks):
    group = resource("Logs::LogGroup", LogGroupName="/it", RetentionInDays="7")
    stacks.deploy({"Group": group})
    aws = stacks.client("logs")
    assert aws.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    stacks.deploy({"Group": resource("Logs::LogGroup", LogGroupName="/it")})
    assert "retentionInDays" not in aws.describe_log_groups()["logGroups"][0]
    stacks.delete()
    assert aws.describe_log_groups()["logGroups"] == []


def test_a_rule_with_everything_that_a_target_carries(stacks):
    target = {
        "Id": "machine",
        "Arn": MACHINE_ARN,
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "InputTransformer": {"InputPathsMap": {"id": "$.id"}, "InputTemplate": '{"id": <id>}'},
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
        "RetryPolicy": {"MaximumRetryAttempts": "3", "MaximumEventAgeInSeconds": 60},
    }
    rule = resource(
        "Events::Rule", Name="it", EventPattern={"source": ["daytwo"]}, Targets=[target]
    )
    base = {"Role": stacks.role, "Queue": resource("SQS::Queue", QueueName="dead")}
    stacks.deploy({**base, "Rule": rule})
    aws = stacks.client("events")
    assert json.loads(aws.describe_rule(Name="it")["EventPattern"]) == {"source": ["daytwo"]}
    found = aws.list_targets_by_rule(Rule="it")["Targets"][0]
    assert found["InputTransformer"] == target["InputTransformer"]
    assert found["DeadLetterConfig"]["Arn"].endswith(":dead")
    assert found["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60}
    assert ":role/" in found["RoleArn"]
    other = {"Id": "other", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}
    rule["Properties"] |= {"Targets": [other], "State": "DISABLED"}
    stacks.deploy({**base, "Rule": rule})
    assert aws.describe_rule(Name="it")["State"] == "DISABLED"
    assert [item["Id"] for item in aws.list_targets_by_rule(Rule="it")["Targets"]] == ["other"]
    stacks.deploy(base)
    assert aws.list_rules()["Rules"] == []


def test_a_schedule(stacks):
    schedule = resource(
        "Scheduler::Schedule",
        Name="nightly",
        ScheduleExpression="cron(0 3 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": MACHINE_ARN, "RoleArn": "arn:aws:iam::123456789012:role/r", "Input": "{}"},
    )
    stacks.deploy({"Schedule": schedule})
    aws = stacks.client("scheduler")
    found = aws.get_schedule(Name="nightly")
    assert found["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert found["Target"]["Input"] == "{}"
    schedule["Properties"]["ScheduleExpression"] = "rate(1 day)"
    stacks.deploy({"Schedule": schedule})
    assert aws.get_schedule(Name="nightly")["ScheduleExpression"] == "rate(1 day)"
    stacks.delete()
    assert aws.list_schedules()["Schedules"] == []


def test_a_group_of_schedules_goes_with_all_that_are_in_it(stacks):
    stacks.deploy({"Group": resource("Scheduler::ScheduleGroup", Name="theirs")})
    aws = stacks.client("scheduler")
    aws.create_schedule(
        Name="nightly",
        GroupName="theirs",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": MACHINE_ARN, "RoleArn": "arn:aws:iam::123456789012:role/r"},
    )
    stacks.delete()
    assert [group["Name"] for group in aws.list_schedule_groups()["ScheduleGroups"]] == ["default"]
    assert aws.list_schedules()["Schedules"] == []


def test_a_topic_with_a_subscription_and_a_policy(stacks):
    base = {
        "Topic": resource("SNS::Topic", TopicName="told", DisplayName="Told"),
        "Queue": resource("SQS::Queue", QueueName="heard"),
        "Policy": resource("SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=POLICY),
    }
    subscription = resource(
        "SNS::Subscription",
        TopicArn={"Ref": "Topic"},
        Protocol="sqs",
        Endpoint={"Fn::GetAtt": ["Queue", "Arn"]},
        RawMessageDelivery=True,
    )
    stacks.deploy({**base, "Subscription": subscription})
    aws = stacks.client("sns")
    topic = stacks.physical_id("Topic")
    attributes = aws.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["DisplayName"] == "Told"
    assert json.loads(attributes["Policy"]) == POLICY
    arn = stacks.physical_id("Subscription")
    found = aws.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["RawMessageDelivery"] == "true"
    subscription["Properties"]["RawMessageDelivery"] = False
    base["Topic"]["Properties"]["DisplayName"] = "New"
    stacks.deploy({**base, "Subscription": subscription})
    found = aws.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["RawMessageDelivery"] == "false"
    assert aws.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "New"
    stacks.deploy(base)
    assert aws.list_subscriptions()["Subscriptions"] == []
    stacks.delete()
    assert aws.list_topics()["Topics"] == []


def test_a_queue_and_its_policy(stacks):
    queue = resource("SQS::Queue", QueueName="it", MessageRetentionPeriod=60)
    policy = resource("SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=POLICY)
    stacks.deploy({"Queue": queue, "Policy": policy})
    aws = stacks.client("sqs")
    url = stacks.physical_id("Queue")

    def attributes():
        return aws.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert attributes()["MessageRetentionPeriod"] == "60"
    assert json.loads(attributes()["Policy"]) == POLICY
    queue["Properties"]["MessageRetentionPeriod"] = "120"
    stacks.deploy({"Queue": queue})
    assert attributes()["MessageRetentionPeriod"] == "120"
    assert "Policy" not in attributes()
    stacks.delete()
    assert aws.list_queues().get("QueueUrls", []) == []


def table(**properties):
    return resource(
        "DynamoDB::Table",
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **properties,
    )


def test_a_table_with_expiry_recovery_and_a_stream(stacks):
    expiry = {"AttributeName": "expires_at", "Enabled": True}
    recovery = {"PointInTimeRecoveryEnabled": "true"}
    stacks.deploy(
        {
            "Table": table(
                TimeToLiveSpecification=expiry,
                PointInTimeRecoverySpecification=recovery,
                StreamSpecification={"StreamViewType": "NEW_IMAGE"},
                SSESpecification={"SSEEnabled": True},
            )
        }
    )
    aws = stacks.client("dynamodb")

    def settings():
        described = aws.describe_continuous_backups(TableName="things")
        backups = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        expiry = aws.describe_time_to_live(TableName="things")["TimeToLiveDescription"]
        stream = aws.describe_table(TableName="things")["Table"].get("StreamSpecification", {})
        return (
            expiry["TimeToLiveStatus"],
            backups["PointInTimeRecoveryStatus"],
            stream.get("StreamViewType"),
        )

    assert settings() == ("ENABLED", "ENABLED", "NEW_IMAGE")
    aws.put_item(TableName="things", Item={"id": {"S": "kept"}})
    stacks.deploy({"Table": table()})
    assert settings()[:2] == ("DISABLED", "DISABLED")
    assert aws.get_item(TableName="things", Key={"id": {"S": "kept"}})["Item"]
    stacks.delete()
    assert aws.list_tables()["TableNames"] == []


def test_a_bucket_with_its_settings_and_its_policy(stacks):
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    expiry = {"Id": "old", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 3}
    bucket = resource(
        "S3::Bucket",
        BucketName="its-bucket",
        ObjectLockEnabled="true",
        VersioningConfiguration={"Status": "Enabled"},
        BucketEncryption={"ServerSideEncryptionConfiguration": [rule]},
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True},
        LifecycleConfiguration={"Rules": [expiry]},
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    policy = resource("S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=ONLY_OVER_TLS)
    stacks.deploy({"Bucket": bucket, "Policy": policy})
    aws = stacks.client("s3")
    assert aws.get_bucket_versioning(Bucket="its-bucket")["Status"] == "Enabled"
    assert aws.get_public_access_block(Bucket="its-bucket")["PublicAccessBlockConfiguration"][
        "BlockPublicAcls"
    ]
    assert aws.get_bucket_encryption(Bucket="its-bucket")["ServerSideEncryptionConfiguration"][
        "Rules"
    ]
    found = aws.get_bucket_lifecycle_configuration(Bucket="its-bucket")["Rules"][0]
    assert (found["ID"], found["Expiration"]["Days"]) == ("old", 3)
    assert aws.put_object(Bucket="its-bucket", Key="a", Body=b"a")["VersionId"]
    held = aws.head_object(Bucket="its-bucket", Key="a")
    assert held["ObjectLockMode"] == "GOVERNANCE"
    del bucket["Properties"]["LifecycleConfiguration"]
    stacks.deploy({"Bucket": bucket})
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        aws.get_bucket_policy(Bucket="its-bucket")
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        aws.get_bucket_lifecycle_configuration(Bucket="its-bucket")


def test_a_role_with_its_policies(stacks):
    role = copy.deepcopy(stacks.role)
    role["Properties"] |= {
        "RoleName": "it",
        "Policies": [
            {"PolicyName": "one", "PolicyDocument": POLICY},
            {"PolicyName": "two", "PolicyDocument": POLICY},
        ],
    }
    stacks.deploy({"Role": role})
    aws = stacks.client("iam")
    assert aws.list_role_policies(RoleName="it")["PolicyNames"] == ["one", "two"]
    narrower = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Resource": "arn:aws:s3:::b/c"}]}
    role["Properties"]["Policies"] = [{"PolicyName": "two", "PolicyDocument": narrower}]
    stacks.deploy({"Role": role})
    assert aws.list_role_policies(RoleName="it")["PolicyNames"] == ["two"]
    found = aws.get_role_policy(RoleName="it", PolicyName="two")
    assert found["PolicyDocument"] == narrower
    stacks.delete()
    with pytest.raises(ClientError, match="NoSuchEntity"):
        aws.get_role(RoleName="it")


def test_a_state_machine_that_executes(stacks):
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    machine = resource(
        "StepFunctions::StateMachine",
        StateMachineName="work",
        RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        DefinitionString={"Fn::Sub": json.dumps(definition)},
        TracingConfiguration={"Enabled": True},
    )
    stacks.deploy({"Role": stacks.role, "Machine": machine})
    aws = stacks.client("stepfunctions")
    assert stacks.physical_id("Machine") == MACHINE_ARN
    definition["Comment"] = "new"
    machine["Properties"]["DefinitionString"] = {"Fn::Sub": json.dumps(definition)}
    stacks.deploy({"Role": stacks.role, "Machine": machine})
    found = aws.describe_state_machine(stateMachineArn=MACHINE_ARN)
    assert json.loads(found["definition"])["Comment"] == "new"
    assert found["tracingConfiguration"] == {"enabled": True}
    stacks.delete()
    assert aws.list_state_machines()["stateMachines"] == []


def test_a_type_that_only_moto_knows(stacks):
    parameter = resource("SSM::Parameter", Name="/it", Type="String", Value="one")
    stacks.deploy({"Parameter": parameter})
    aws = stacks.client("ssm")
    assert aws.get_parameter(Name="/it")["Parameter"]["Value"] == "one"
    parameter["Properties"]["Value"] = "two"
    stacks.deploy({"Parameter": parameter})
    assert aws.get_parameter(Name="/it")["Parameter"]["Value"] == "two"
    stacks.delete()
    with pytest.raises(ClientError, match="ParameterNotFound"):
        aws.get_parameter(Name="/it")
