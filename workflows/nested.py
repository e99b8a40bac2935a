"""Executions that another one starts and waits for: what its role needs for that."""

RULE = (
    "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
    ":rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
)


def permissions(workflow: str) -> dict[str, str]:
    """Give the rights to run a workflow to its end, such as `ec2_operation`.

    Among them those on the rule by which Step Functions hears of the end (Step Functions
    Developer Guide, "IAM policies for calling AWS Step Functions").
    """
    machine = f"daytwo-{workflow.replace('_', '-')}"
    executions = (
        f"arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:execution:{machine}:*"
    )
    return {
        "states:StartExecution": f"${{{machine_id(workflow)}}}",
        "states:DescribeExecution": executions,
        "states:StopExecution": executions,
        "events:PutTargets": RULE,
        "events:PutRule": RULE,
        "events:DescribeRule": RULE,
    }


def machine_id(workflow: str) -> str:
    """Name a workflow's state machine in the template: `Ec2OperationStateMachine`."""
    return "".join(part.title() for part in workflow.split("_")) + "StateMachine"
