"""Keys, secrets and trails of stacks, and secrets that a template refers to."""

import json

import pytest
from botocore.exceptions import ClientError


def resource(type_name, **properties):
    return {"Type": f"AWS::{type_name}", "Properties": properties}


def test_a_key_with_its_alias(stacks):
    kms = stacks.client("kms")
    key = resource("KMS::Key", Description="first", EnableKeyRotation="true")
    alias = resource("KMS::Alias", AliasName="alias/orders", TargetKeyId={"Ref": "Key"})
    stacks.deploy({"Key": key, "Alias": alias})
    made = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert kms.get_key_rotation_status(KeyId=made["KeyId"])["KeyRotationEnabled"] is True
    key["Properties"] = {"Description": "second", "PendingWindowInDays": 7}
    stacks.deploy({"Key": key, "Alias": alias})
    changed = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert (changed["KeyId"], changed["Description"]) == (made["KeyId"], "second")
    assert kms.get_key_rotation_status(KeyId=made["KeyId"])["KeyRotationEnabled"] is False
    stacks.delete()
    with pytest.raises(ClientError, match="NotFound"):
        kms.describe_key(KeyId="alias/orders")
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_secret_that_is_made_up_stays_as_it_is(stacks):
    made_up = {
        "SecretStringTemplate": json.dumps({"username": "owner"}),
        "GenerateStringKey": "password",
        "PasswordLength": 20,
    }
    secret = resource("SecretsManager::Secret", Name="db", GenerateSecretString=made_up)
    stacks.deploy({"Secret": secret})
    aws = stacks.client("secretsmanager")
    first = json.loads(aws.get_secret_value(SecretId="db")["SecretString"])
    assert (first["username"], len(first["password"])) == ("owner", 20)
    secret["Properties"]["Description"] = "of the database"
    stacks.deploy({"Secret": secret})
    assert aws.describe_secret(SecretId="db")["Description"] == "of the database"
    assert json.loads(aws.get_secret_value(SecretId="db")["SecretString"]) == first
    stacks.delete()
    assert aws.list_secrets()["SecretList"] == []


def test_a_template_refers_to_a_secret_and_a_parameter_and_keeps_neither(stacks):
    stacks.client("secretsmanager").create_secret(
        Name="db", SecretString=json.dumps({"password": "hidden"})
    )
    stacks.client("ssm").put_parameter(Name="/owner", Value="us", Type="String")
    group = resource(
        "SNS::Topic",
        TopicName="told",
        DisplayName="{{resolve:ssm:/owner}}-{{resolve:secretsmanager:db:SecretString:password}}",
    )
    stacks.deploy({"Topic": group})
    arn = stacks.physical_id("Topic")
    told = stacks.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    assert told["DisplayName"] == "us-hidden"
    assert "hidden" not in json.dumps(stacks.aws.get_template(StackName="it")["TemplateBody"])
    missing = resource("SNS::Topic", DisplayName="{{resolve:ssm:/not-there}}")
    stack = stacks.attempt({"Topic": missing}, "other")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_trail_that_logs_into_a_bucket(stacks):
    stacks.client("s3").create_bucket(Bucket="traces")
    trail = resource(
        "CloudTrail::Trail",
        TrailName="all",
        S3BucketName="traces",
        IsLogging="true",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Trail", "Arn"]}}}
    stack = stacks.deploy({"Trail": trail}, Outputs=outputs)
    aws = stacks.client("cloudtrail")
    (made,) = aws.describe_trails()["trailList"]
    assert (made["IsMultiRegionTrail"], made["LogFileValidationEnabled"]) == (True, True)
    assert stack["Outputs"][0]["OutputValue"] == made["TrailARN"]
    assert aws.get_trail_status(Name="all")["IsLogging"] is True
    trail["Properties"]["IsLogging"] = False
    stacks.deploy({"Trail": trail})
    assert aws.get_trail_status(Name="all")["IsLogging"] is False
    stacks.delete()
    assert aws.describe_trails()["trailList"] == []
