"""An account in which templates are deployed, and short ways to deploy them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local import cloudformation, functions, stepfunctions
from infra.local.account import Account
from tests.support.embedded import reset_moto, running

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def function(name: str = "worker") -> dict[str, Any]:
    """Describe a function whose role has the logical id Role."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(event, context):\n    return event\n"},
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        },
    }


@dataclass
class Stacks:
    """The account, and how its stacks are deployed."""

    account: Account
    number: int = 0
    names: list[str] = field(default_factory=list)
    role = ROLE
    function = staticmethod(function)

    def client(self, service: str) -> Any:
        """Give a client that may do everything."""
        return self.account.client(service)

    @property
    def aws(self) -> Any:
        """Give CloudFormation's client."""
        return self.client("cloudformation")

    def prepare(
        self, resources: dict[str, Any], name: str = "it", kind: str = "", **more: Any
    ) -> dict[str, Any]:
        """Make a change set and describe it; `more` are sections of the template."""
        self.number += 1
        kind = kind or ("UPDATE" if name in self.names else "CREATE")
        parameters = more.pop("parameters", {})
        capabilities = more.pop("capabilities", ["CAPABILITY_NAMED_IAM"])
        made = self.aws.create_change_set(
            StackName=name,
            ChangeSetName=f"change-{self.number}",
            ChangeSetType=kind,
            Capabilities=capabilities,
            TemplateBody=json.dumps({"Resources": resources, **more}),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        self.names.append(name)
        described: dict[str, Any] = self.aws.describe_change_set(ChangeSetName=made["Id"])
        return described

    def deploy(self, resources: dict[str, Any], name: str = "it", **more: Any) -> dict[str, Any]:
        """Bring a stack to a template by a change set, and describe the stack."""
        stack = self.attempt(resources, name, **more)
        assert "ROLLBACK" not in stack["StackStatus"], [
            reason for _, status, reason in self.events(name) if status.endswith("_FAILED")
        ]
        return stack

    def attempt(self, resources: dict[str, Any], name: str = "it", **more: Any) -> dict[str, Any]:
        """Do the same where it may fail."""
        change_set = self.prepare(resources, name, **more)
        self.aws.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        return self.describe(name)

    def describe(self, name: str = "it") -> dict[str, Any]:
        """Describe a stack."""
        found: dict[str, Any] = self.aws.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def physical_id(self, logical_id: str, name: str = "it") -> str:
        """Tell what Ref of a resource answers."""
        detail = self.aws.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return str(detail["StackResourceDetail"]["PhysicalResourceId"])

    def delete(self, name: str = "it") -> None:
        """Delete a stack."""
        self.aws.delete_stack(StackName=name)
        self.names = [known for known in self.names if known != name]

    def events(self, name: str = "it") -> list[tuple[str, str, str]]:
        """List logical id, status and reason of a stack's events, the oldest first."""
        events = self.aws.describe_stack_events(StackName=name)["StackEvents"]
        return [
            (
                event["LogicalResourceId"],
                event["ResourceStatus"],
                event.get("ResourceStatusReason", ""),
            )
            for event in reversed(events)
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account that listens, without anything in it."""
    workdir = tmp_path_factory.mktemp("account")
    with running(workdir, functions, stepfunctions, cloudformation, factor=1000) as account:
        yield account


@pytest.fixture
def stacks(server: Account) -> Iterator[Stacks]:
    """An empty account."""
    reset_moto()
    yield Stacks(server)
    reset_moto()
