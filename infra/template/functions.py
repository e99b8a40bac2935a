"""Template section of the task functions: function, role, log group, and URL for each."""

from typing import Any

from troposphere import AWSObject, GetAtt, Output, Parameter, Ref, Sub, awslambda, logs

from infra.discovery import PREFIX, DefinitionError, Task, kebab, logical_ids, pascal
from infra.template.permissions import (
    TRACING,
    Scope,
    allow,
    log_group_arn,
    role,
    statements,
)

LAYER = "DependencyLayer"


class LoggingConfig(awslambda.LoggingConfig):
    """A function's logging with its format, which troposphere 4.11 leaves out."""

    props = {**awslambda.LoggingConfig.props, "LogFormat": (str, True)}


def code_key(family: str) -> str:
    """Name the parameter with the key of a family's zip, such as `PromotionCodeKey`.

    Each family has its own, so that a change of one leaves the functions of the others alone.
    """
    return f"{pascal(family)}CodeKey"


def parameters(tasks: list[Task]) -> list[Parameter]:
    """List what packaging tells the template: where code and dependencies are."""
    return [
        Parameter("CodeBucket", Type="String", Description="Bucket of the packaged code"),
        Parameter("LayerKey", Type="String", Description="Key of the dependency layer's zip"),
        *(
            Parameter(code_key(family), Type="String", Description=f"Key of the zip of {family}")
            for family in sorted({task.family for task in tasks})
        ),
    ]


def layer(config: dict[str, Any]) -> awslambda.LayerVersion:
    """Describe the layer with what the tasks import from elsewhere."""
    return awslambda.LayerVersion(
        LAYER,
        LayerName="daytwo-dependencies",
        Description="What the tasks of daytwo import from elsewhere",
        Content=awslambda.Content(S3Bucket=Ref("CodeBucket"), S3Key=Ref("LayerKey")),
        CompatibleRuntimes=[config["runtime"]],
        CompatibleArchitectures=[config["architecture"]],
    )


def log_group(family: str) -> str:
    """Name the log group of a family's functions; its streams begin with the function's name.

    One for each function would take a third of the 500 resources that a stack can have.
    """
    return f"/aws/lambda/{PREFIX}-{kebab(family)}"


def log_group_id(family: str) -> str:
    """Give a family's log group its id in the template, such as `PromotionFunctionsLogGroup`."""
    return f"{pascal(family)}FunctionsLogGroup"


def log_groups(tasks: list[Task], config: dict[str, Any]) -> list[AWSObject]:
    """List the log groups of all families."""
    return [
        logs.LogGroup(
            log_group_id(family),
            LogGroupName=log_group(family),
            RetentionInDays=config["log_retention_days"],
        )
        for family in sorted({task.family for task in tasks})
    ]


def resources(task: Task, config: dict[str, Any], scope: Scope) -> list[AWSObject]:
    """List all resources of one task; its family's log group is `log_groups`'s."""
    group = log_group(task.family)
    granted = statements(task.permissions, scope, f"tasks.{task.name}", task.conditions)
    granted.append(allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group_arn(group)]))
    if config["tracing"]:
        granted.append(allow(TRACING, ["*"]))
    found: list[AWSObject] = [
        role(f"{task.logical_id}Role", "lambda", granted),
        _function(task, config, scope),
    ]
    if task.url_auth:
        found.append(
            awslambda.Url(
                f"{task.logical_id}Url",
                AuthType=task.url_auth,
                TargetFunctionArn=GetAtt(task.logical_id, "Arn"),
            )
        )
    return found


def _function(task: Task, config: dict[str, Any], scope: Scope) -> awslambda.Function:
    settings = environment(task, scope)
    optional = {"Environment": awslambda.Environment(Variables=settings)} if settings else {}
    return awslambda.Function(
        task.logical_id,
        FunctionName=task.function,
        Description=task.description,
        Runtime=config["runtime"],
        Architectures=[config["architecture"]],
        Handler=task.handler,
        Code=awslambda.Code(S3Bucket=Ref("CodeBucket"), S3Key=Ref(code_key(task.family))),
        Layers=[Ref(LAYER)],
        Role=GetAtt(f"{task.logical_id}Role", "Arn"),
        Timeout=task.timeout,
        MemorySize=task.memory,
        LoggingConfig=LoggingConfig(
            LogFormat="JSON",
            ApplicationLogLevel="INFO",
            SystemLogLevel="WARN",
            LogGroup=Ref(log_group_id(task.family)),
        ),
        TracingConfig=awslambda.TracingConfig(
            Mode="Active" if config["tracing"] else "PassThrough"
        ),
        **optional,
    )


def environment(task: Task, scope: Scope) -> dict[str, Any]:
    """Derive the settings from the logical ids in PERMISSIONS: `StateTable` is `STATE_TABLE`."""
    texts = [
        arn
        for resources in task.permissions.values()
        for arn in ([resources] if isinstance(resources, str) else resources)
    ]
    return {
        kebab(logical_id).replace("-", "_").upper(): (
            Sub(scope.machines[logical_id]) if logical_id in scope.machines else Ref(logical_id)
        )
        for logical_id in sorted(logical_ids(texts))
    }


def outputs(tasks: list[Task]) -> list[Output]:
    """List the function URLs, each under its family's name, such as `ApprovalUrl`."""
    with_url = [task for task in tasks if task.url_auth]
    families = [task.family for task in with_url]
    for family in families:
        if families.count(family) > 1:
            raise DefinitionError(
                f"tasks/{family}: two modules have a FUNCTION_URL and would share the output "
                f"{pascal(family)}Url; keep one"
            )
    return [
        Output(
            f"{pascal(task.family)}Url",
            Description=task.description,
            Value=GetAtt(f"{task.logical_id}Url", "FunctionUrl"),
        )
        for task in with_url
    ]
