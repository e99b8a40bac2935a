"""The whole template, as it would go to AWS."""

import collections
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra import settings
from infra.build import render
from infra.deploy import compact
from infra.discovery import pascal
from infra.template.permissions import WITHOUT_RESOURCE

OUTPUTS = {
    "StateTableName",
    "AuditTableName",
    "ArtifactsBucketName",
    "EvidenceBucketName",
    "NotificationTopicArn",
    "PromotionStateMachineArn",
    "JanitorStateMachineArn",
    "ApprovalUrl",
}


@pytest.fixture(scope="module")
def rendered():
    return {name: render(settings.load(name))[0] for name in ("dev", "prod")}


@pytest.fixture(scope="module")
def template(rendered):
    return rendered["prod"]


@pytest.fixture(scope="module")
def definitions():
    """What stands in S3, by the logical ids of the machines that read it."""
    found = render(settings.load("prod"))[1]
    return {f"{pascal(name)}StateMachine": text for name, text in found.items()}


def of_type(template, type_name):
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == type_name
    }


def statements(template):
    return [
        (logical_id, statement)
        for logical_id, role in of_type(template, "AWS::IAM::Role").items()
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_cfn_lint_finds_nothing(rendered, name, tmp_path):
    path = tmp_path / "template.json"
    path.write_text(json.dumps(rendered[name]))
    linter = Path(sys.executable).with_name("cfn-lint")
    linted = subprocess.run([linter, path], capture_output=True, text=True, check=False)
    assert (linted.stdout, linted.returncode) == ("", 0)


def test_no_role_may_do_everything_or_reach_everything(template):
    for logical_id, statement in statements(template):
        assert not [action for action in statement["Action"] if "*" in action], logical_id
        if "*" in statement["Resource"]:
            assert statement["Resource"] == ["*"], logical_id
            assert set(statement["Action"]) <= WITHOUT_RESOURCE, logical_id


def test_no_placeholder_of_a_system_is_left(template):
    assert "${System}" not in json.dumps(template)


def test_each_function_writes_to_the_log_group_of_its_family_alone(template):
    for logical_id, function in of_type(template, "AWS::Lambda::Function").items():
        family = function["Properties"]["Handler"].split(".")[1].replace("_", "-")
        group = template["Resources"][function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["Properties"]["LogGroupName"] == f"/aws/lambda/daytwo-{family}"
        written = [
            statement["Resource"]
            for owner, statement in statements(template)
            if owner == f"{logical_id}Role" and "logs:PutLogEvents" in statement["Action"]
        ]
        assert [[arn["Fn::Sub"].split(":log-group:")[1] for arn in arns] for arns in written] == [
            [f"/aws/lambda/daytwo-{family}:*"]
        ]


def test_each_function_runs_the_code_of_its_own_family(template):
    keys = {
        function["Properties"]["Handler"].split(".")[1]: function["Properties"]["Code"]["S3Key"]
        for function in of_type(template, "AWS::Lambda::Function").values()
    }
    assert keys["ec2"] == {"Ref": "Ec2CodeKey"}
    code_keys = {name for name in template["Parameters"] if name.endswith("CodeKey")}
    assert {key["Ref"] for key in keys.values()} == code_keys
    assert len({key["Ref"] for key in keys.values()}) == len(keys)


def test_each_machine_reads_its_own_definition_and_fills_in_all_that_it_names(
    template, definitions
):
    machines = of_type(template, "AWS::StepFunctions::StateMachine")
    assert set(machines) == set(definitions)
    for logical_id, machine in machines.items():
        key = logical_id.replace("StateMachine", "DefinitionKey")
        assert machine["Properties"]["DefinitionS3Location"] == {
            "Bucket": {"Ref": "CodeBucket"},
            "Key": {"Ref": key},
        }
        assert key in template["Parameters"]
        named = re.findall(r"\$\{([^}]*)\}", json.dumps(definitions[logical_id]))
        filled_in = machine["Properties"]["DefinitionSubstitutions"]
        assert set(filled_in) == set(named)
        # The names that the documentation of CloudFormation shows.
        assert [name for name in filled_in if not re.fullmatch(r"[A-Za-z0-9_-]+", name)] == []


def test_no_definition_comes_near_the_limit_of_step_functions(definitions):
    # Developer Guide, "Step Functions service quotas": 1 MB; ARNs are longer than their names.
    for logical_id, definition in definitions.items():
        assert len(compact(definition)) <= 700_000, logical_id


def test_each_machine_invokes_exactly_the_functions_that_it_names(template, definitions):
    for logical_id in of_type(template, "AWS::StepFunctions::StateMachine"):
        text = json.dumps(definitions[logical_id])
        named = set(re.findall(r"\$\{(\w+)_Arn\}", text))
        granted = {
            arn["Fn::Sub"]
            for owner, statement in statements(template)
            if owner == f"{logical_id}Role" and statement["Action"] == ["lambda:InvokeFunction"]
            for arn in statement["Resource"]
        }
        assert granted == {f"${{{name}.Arn}}" for name in named}
        assert named


def test_a_function_has_the_settings_that_its_permissions_name(template):
    functions = of_type(template, "AWS::Lambda::Function")
    environment = functions["LocksAcquireLock"]["Properties"]["Environment"]["Variables"]
    assert environment["STATE_TABLE"] == {"Ref": "StateTable"}


def test_every_rule_and_schedule_has_a_role_and_a_dead_letter_queue(template):
    rules = of_type(template, "AWS::Events::Rule").values()
    schedules = of_type(template, "AWS::Scheduler::Schedule").values()
    targets = [target for rule in rules for target in rule["Properties"]["Targets"]]
    targets += [schedule["Properties"]["Target"] for schedule in schedules]
    assert targets
    for target in targets:
        assert "TriggerRole" in target["RoleArn"]["Fn::GetAtt"][0]
        assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_rules_may_put_what_they_could_not_deliver_into_the_queue(template):
    policy = template["Resources"]["DeadLetterQueuePolicy"]["Properties"]["PolicyDocument"]
    sources = policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {source["Fn::GetAtt"][0] for source in sources} == set(
        of_type(template, "AWS::Events::Rule")
    )


def test_buckets_are_private_encrypted_versioned_and_reached_by_tls_only(template):
    buckets = of_type(template, "AWS::S3::Bucket")
    assert set(buckets) == {"ArtifactsBucket", "EvidenceBucket"}
    policies = {
        policy["Properties"]["Bucket"]["Ref"]: policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in of_type(template, "AWS::S3::BucketPolicy").values()
    }
    for logical_id, bucket in buckets.items():
        properties = bucket["Properties"]
        assert all(properties["PublicAccessBlockConfiguration"].values())
        assert properties["BucketEncryption"]
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert policies[logical_id][0]["Effect"] == "Deny"
        assert policies[logical_id][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_production_keeps_its_data_and_development_goes_without_a_trace(rendered):
    for name, policy in (("dev", "Delete"), ("prod", "Retain")):
        resources = rendered[name]["Resources"]
        for logical_id in ("StateTable", "AuditTable", "ArtifactsBucket", "EvidenceBucket"):
            assert resources[logical_id]["DeletionPolicy"] == policy
            assert resources[logical_id]["UpdateReplacePolicy"] == policy
    evidence = rendered["prod"]["Resources"]["EvidenceBucket"]["Properties"]
    assert evidence["ObjectLockEnabled"] is True
    assert "ObjectLockEnabled" not in rendered["dev"]["Resources"]["EvidenceBucket"]["Properties"]


def test_there_is_an_alarm_for_each_bad_end_and_for_dead_letters(template):
    alarms = {
        alarm["Properties"]["AlarmName"]: alarm["Properties"]
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
    }
    assert {
        "daytwo-promotion-failed",
        "daytwo-promotion-timed-out",
        "daytwo-janitor-failed",
        "daytwo-approval-decide-errors",
        "daytwo-dead-letters",
    } <= set(alarms)
    for properties in alarms.values():
        assert properties["AlarmActions"] == [{"Ref": "NotificationTopic"}]


def test_the_outputs_are_those_that_the_command_line_looks_up(template):
    assert set(template["Outputs"]) >= OUTPUTS


def test_the_template_keeps_away_from_the_limits_of_cloudformation(template):
    # CloudFormation User Guide, "Understand CloudFormation quotas": 500 resources, 1 MB by S3.
    # A little is left for the time that parting the stack takes.
    types = collections.Counter(resource["Type"] for resource in template["Resources"].values())
    most = ", ".join(f"{count} {type_name}" for type_name, count in types.most_common(4))
    assert types.total() <= 480, (
        f"the template has {types.total()} resources and CloudFormation takes 500: move a family "
        f"of tasks and its workflows into a stack of their own. It has {most}"
    )
    sizes = {name: len(compact(part)) // 1024 for name, part in template["Resources"].items()}
    largest = ", ".join(sorted(sizes, key=sizes.__getitem__, reverse=True)[:4])
    size = len(compact(template)) / 1024
    assert size <= 700, (
        f"the template has {size:.0f} KiB and CloudFormation takes 1 MB: move a family of tasks "
        f"and its workflows into a stack of their own. The largest are {largest}"
    )
    assert len(template["Outputs"]) <= 200
    assert len(template["Parameters"]) <= 200
