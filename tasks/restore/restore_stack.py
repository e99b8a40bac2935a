"""Make a copy of an exported stack under the drill's own name."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.drills import copies, folders, ledger, standing
from tasks.errors import RestoreFailed
from tasks.exports import copies as stack_copies
from tasks.exports import documents
from tasks.promotion import check_stack
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    "s3:GetObject": [documents.READS["s3:GetObject"], folders.READS["s3:GetObject"]],
    "s3:ListBucket": documents.READS["s3:ListBucket"],
    **folders.WRITES,
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:CreateChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:ExecuteChangeSet",
        ),
        stack_copies.ARN,
    ),
    "cloudformation:TagResource": stack_copies.ARN,
    "iam:PassRole": stacks.SERVICE_ROLES,
}
ERRORS = {**stacks.ERRORS, "ValidationError": RestoreFailed, "ChangeSetNotFound": RestoreFailed}
TIMEOUT = 60


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    copies.check_name(component["copy"])
    bucket, s3 = setting("EVIDENCE_BUCKET"), client("s3")
    target = drill["target"]["target"]
    ledger.plan(
        drill["id"],
        "stack",
        component["copy"],
        component=component["name"],
        target=target,
        now=request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )
    maker = Maker(component, drill, bucket, s3, client("cloudformation", target))
    return maker.go_on()


class Maker:
    """Makes the copy, step by step, from wherever it is."""

    def __init__(
        self,
        component: Mapping[str, Any],
        drill: Mapping[str, Any],
        bucket: str,
        s3: Any,
        cloudformation: Any,
    ) -> None:
        self.component, self.drill, self.name = component, drill, component["copy"]
        self.bucket, self.s3, self.cloudformation = bucket, s3, cloudformation

    def go_on(self) -> dict[str, Any]:
        """Take the next step; done when CloudFormation says that the copy is complete.

        Raises DrillRefused before anything is made, RestoreFailed with the reason of the first
        resource that failed.
        """
        stack = stacks.find(self.name, self.cloudformation)
        if stack is None:
            return self.begin()
        marks = copies.values(stack.get("Tags"))
        copies.check(self.name, marks, self.drill["id"])
        status = stack["StackStatus"]
        if status == stacks.NEW:
            return self.execute(stack)
        if status in check_stack.DONE:
            return self.told(True, status, stack)
        if status.endswith("_IN_PROGRESS"):
            return self.told(False, status, stack)
        reason = check_stack.first_failure(stack, self.cloudformation)
        raise RestoreFailed(
            f"Stack {self.name} is in {status}: "
            f"{reason or stack.get('StackStatusReason') or 'CloudFormation gives no reason'}"
        )

    def begin(self) -> dict[str, Any]:
        """Have a change set worked out that creates the copy, once it is seen to be harmless."""
        export, body = documents.read(self.component, self.bucket, self.s3)
        config = self.component["target_config"]
        template = stack_copies.deletable(stack_copies.parse(export["stack"], body))
        values = stack_copies.parameters(export, template, config, self.drill["prefix"])
        stack_copies.refuse_collisions(export, template, values, self.name)
        tags = {name: text for name, text in export["tags"].items() if not name.startswith("aws:")}
        stacks.create_change_set(
            self.change_set(),
            {
                "name": self.name,
                "role_arn": config["deployment_role_arn"],
                "description": f"A copy of {export['stack']} for the drill {self.drill['id']}",
            },
            "CREATE",
            self.template_argument(stack_copies.written(template)),
            [
                {"ParameterKey": name, "ParameterValue": text}
                for name, text in sorted(values.items())
            ],
            self.cloudformation,
            [
                *({"Key": name, "Value": text} for name, text in sorted(tags.items())),
                *copies.tags(self.drill["id"], self.name),
            ],
        )
        return self.told(False, "a change set is being worked out", {})

    def template_argument(self, body: str) -> dict[str, str]:
        """Keep the copy's template beside what else the drill writes, and hand it over."""
        folder = folders.Folder(self.drill, self.component["name"], self.bucket, self.s3)
        key = folder.key("template.json")
        with raising(ERRORS, f"s3://{self.bucket}/{key}"):
            self.s3.put_object(
                Bucket=self.bucket, Key=key, Body=body.encode(), ChecksumAlgorithm="SHA256"
            )
        return stacks.template_argument(body, self.bucket, key, self.s3)

    def execute(self, stack: Mapping[str, Any]) -> dict[str, Any]:
        """Execute the change set once CloudFormation has worked it out."""
        found = stacks.find_change_set(self.change_set(), self.cloudformation, stack["StackId"])
        status = found["Status"] if found else "GONE"
        if found and status == "CREATE_COMPLETE":
            if found["ExecutionStatus"] == "AVAILABLE":
                with raising(ERRORS, f"stack {self.name}"):
                    self.cloudformation.execute_change_set(ChangeSetName=found["ChangeSetId"])
        elif found is None or not status.endswith(("_PENDING", "_IN_PROGRESS")):
            raise RestoreFailed(
                f"The change set that creates {self.name} is {status}: "
                f"{(found or {}).get('StatusReason') or 'somebody deleted it'}"
            )
        return self.told(False, f"change set {status}", stack)

    def change_set(self) -> str:
        """Name the change set, the same each time."""
        digest = hashlib.sha256(f"{self.drill['id']} {self.name}".encode()).hexdigest()[:12]
        return f"daytwo-drill-{digest}"

    def told(self, done: bool, state: str, stack: Mapping[str, Any]) -> dict[str, Any]:
        """Answer how far the copy is."""
        return {"done": done, "state": state, "stack_id": stack.get("StackId", "")}
