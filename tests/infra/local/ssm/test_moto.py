"""What moto still lacks of Systems Manager: a test that fails here names a change to take back."""

import boto3
from moto import mock_aws
from moto.ssm.models import Command
from moto.ssm.responses import SimpleSystemManagerResponse
from moto_source import still_says

LACKING = (
    "cancel_command",
    "create_ops_item",
    "delete_ops_item",
    "describe_instance_information",
    "describe_instance_patch_states",
    "describe_ops_items",
    "get_ops_item",
    "list_command_invocations",
    "update_ops_item",
)


def test_moto_still_has_no_such_calls():
    assert not [name for name in LACKING if hasattr(SimpleSystemManagerResponse, name)]


def test_moto_still_lets_every_command_succeed_at_once():
    assert still_says(Command.__init__, 'self.status = "Success"')


def test_moto_still_sends_commands_to_instances_that_do_not_exist():
    with mock_aws():
        client = boto3.client("ssm", region_name="us-east-1")
        client.send_command(DocumentName="AWS-RunPatchBaseline", InstanceIds=["i-00000bad"])


def test_moto_still_filters_no_commands():
    with mock_aws():
        client = boto3.client("ssm", region_name="us-east-1")
        client.send_command(DocumentName="AWS-RunShellScript")
        another = [{"key": "DocumentName", "value": "AWS-RunPatchBaseline"}]
        assert client.list_commands(Filters=another)["Commands"]
