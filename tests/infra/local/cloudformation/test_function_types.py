"""Resource types of AWS Lambda: real for the API, changed in place, gone when deleted."""

import io
import zipfile

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def base(stacks):
    return {"Role": stacks.role, "Worker": stacks.function()}


def of_worker(type_name, **properties):
    return {"Type": type_name, "Properties": {"FunctionName": {"Ref": "Worker"}, **properties}}


def version(**properties):
    return of_worker("AWS::Lambda::Version", **properties)


def alias(number, **properties):
    wanted = {"Fn::GetAtt": [number, "Version"]}
    return of_worker("AWS::Lambda::Alias", Name="live", FunctionVersion=wanted, **properties)


def test_a_function_takes_its_settings_and_keeps_newer_code(stacks, base):
    stacks.deploy(base)
    aws = stacks.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return 2")
    brought = aws.update_function_code(FunctionName="worker", ZipFile=packed.getvalue())
    base["Worker"]["Properties"] |= {
        "MemorySize": "512",
        "Timeout": 9,
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/own"},
        "Environment": {"Variables": {"A": "b"}},
    }
    stacks.deploy(base)
    found = aws.get_function_configuration(FunctionName="worker")
    assert (found["MemorySize"], found["Timeout"]) == (512, 9)
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "/own"}
    assert found["Environment"]["Variables"] == {"A": "b"}
    assert found["CodeSha256"] == brought["CodeSha256"]
    stacks.delete()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.get_function(FunctionName="worker")


def test_an_alias_follows_the_template_and_not_a_moved_weight(stacks, base):
    base |= {"One": version(), "Live": alias("One")}
    stacks.deploy(base)
    aws = stacks.client("lambda")
    assert aws.get_alias(FunctionName="worker", Name="live")["FunctionVersion"] == "1"
    assert stacks.physical_id("Live").endswith(":function:worker:live")
    base["Worker"]["Properties"]["Code"] = {"ZipFile": "def handler(event, context): return 2\n"}
    weights = {"AdditionalVersionWeights": [{"FunctionVersion": "1", "FunctionWeight": 0.1}]}
    base |= {
        "Two": {**version(Description="two"), "DependsOn": "Worker"},
        "Live": alias("Two", RoutingConfig=weights),
    }
    stacks.deploy(base)
    found = aws.get_alias(FunctionName="worker", Name="live")
    assert found["FunctionVersion"] == "2"
    assert found["RoutingConfig"]["AdditionalVersionWeights"] == {"1": 0.1}
    del base["Live"]
    stacks.deploy(base)
    assert aws.list_aliases(FunctionName="worker")["Aliases"] == []


def test_a_url_is_an_address_of_the_account_and_its_access_can_change(stacks, base):
    url = {
        "Type": "AWS::Lambda::Url",
        "Properties": {
            "TargetFunctionArn": {"Fn::GetAtt": ["Worker", "Arn"]},
            "AuthType": "AWS_IAM",
        },
    }
    outputs = {"Url": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}}}
    stack = stacks.deploy({**base, "Url": url}, Outputs=outputs)
    aws = stacks.client("lambda")
    found = aws.get_function_url_config(FunctionName="worker")
    assert found["AuthType"] == "AWS_IAM"
    assert stack["Outputs"][0]["OutputValue"] == found["FunctionUrl"]
    url["Properties"]["AuthType"] = "NONE"
    stacks.deploy({**base, "Url": url}, Outputs=outputs)
    changed = aws.get_function_url_config(FunctionName="worker")
    assert (changed["AuthType"], changed["FunctionUrl"]) == ("NONE", found["FunctionUrl"])
    stacks.deploy(base)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.get_function_url_config(FunctionName="worker")


def test_a_changed_layer_is_a_new_version_that_its_functions_get(stacks, base):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("python/extra.py", "")
    stacks.client("s3").create_bucket(Bucket="packages")
    for key in ("one", "two"):
        stacks.client("s3").put_object(Bucket="packages", Key=key, Body=packed.getvalue())
    base["Worker"]["Properties"]["Layers"] = [{"Ref": "Layer"}]
    for number, key in enumerate(("one", "two"), start=1):
        base["Layer"] = {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {
                "LayerName": "extra",
                "Content": {"S3Bucket": "packages", "S3Key": key},
                "CompatibleRuntimes": ["python3.12"],
            },
        }
        stacks.deploy(base)
        found = stacks.client("lambda").get_function_configuration(FunctionName="worker")
        assert found["Layers"][0]["Arn"].endswith(f":layer:extra:{number}")
    versions = stacks.client("lambda").list_layer_versions(LayerName="extra")["LayerVersions"]
    assert [item["Version"] for item in versions] == [2]


def test_a_permission_stands_in_the_policy_of_the_function(stacks, base):
    permission = of_worker(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    stacks.deploy({**base, "Allowed": permission})
    aws = stacks.client("lambda")
    assert "events.amazonaws.com" in aws.get_policy(FunctionName="worker")["Policy"]
    permission["Properties"]["Principal"] = "sns.amazonaws.com"
    stacks.deploy({**base, "Allowed": permission})
    assert "events.amazonaws.com" not in aws.get_policy(FunctionName="worker")["Policy"]
    stacks.deploy(base)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.get_policy(FunctionName="worker")


def test_asynchronous_settings_are_set_changed_and_taken_back(stacks, base):
    setting = of_worker(
        "AWS::Lambda::EventInvokeConfig", Qualifier="$LATEST", MaximumRetryAttempts=1
    )
    stacks.deploy({**base, "Setting": setting})
    aws = stacks.client("lambda")
    found = aws.get_function_event_invoke_config(FunctionName="worker")
    assert found["MaximumRetryAttempts"] == 1
    setting["Properties"]["MaximumRetryAttempts"] = 0
    stacks.deploy({**base, "Setting": setting})
    found = aws.get_function_event_invoke_config(FunctionName="worker")
    assert found["MaximumRetryAttempts"] == 0
    stacks.deploy(base)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.get_function_event_invoke_config(FunctionName="worker")


def test_a_mapping_reads_a_stream_of_a_table(stacks, base):
    base["Table"] = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        },
    }
    mapping = of_worker(
        "AWS::Lambda::EventSourceMapping",
        EventSourceArn={"Fn::GetAtt": ["Table", "StreamArn"]},
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
    )
    stacks.deploy({**base, "Mapping": mapping})
    aws = stacks.client("lambda")
    uuid = stacks.physical_id("Mapping")
    assert aws.get_event_source_mapping(UUID=uuid)["BatchSize"] == 10
    mapping["Properties"]["BatchSize"] = 20
    stacks.deploy({**base, "Mapping": mapping})
    assert aws.get_event_source_mapping(UUID=uuid)["BatchSize"] == 20
    stacks.deploy(base)
    assert aws.list_event_source_mappings(FunctionName="worker")["EventSourceMappings"] == []
