"""The error names that Retry and Catch see, as Step Functions gives them."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.api import (
    HistoryEventType,
    LambdaFunctionFailedEventDetails,
    TaskFailedEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (  # noqa: E501
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E501
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (  # noqa: E501
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (  # noqa: E501
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sqs import (  # noqa: E501
    StateTaskServiceSqs,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import (
    StateTaskLambda,
)
from moto.stepfunctions.parser.utils import camel_to_snake_case, snake_to_camel_case

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.integrations import service_model

# Names of the services in errors, and the error for what the service's API does not declare.
SERVICES = {
    "lambda": ("Lambda", "AWSLambdaException"),
    "states": ("StepFunctions", "AWSStepFunctionsException"),
    "sns": ("SNS", "AmazonSNSException"),
    "sqs": ("SQS", "AmazonSQSException"),
    "dynamodb": ("DynamoDB", "AmazonDynamoDBException"),
    "events": ("EventBridge", "AmazonEventBridgeException"),
}
UNDECLARED = {
    "AccessDeniedException",
    "AccessDenied",
    "ExpiredTokenException",
    "InvalidClientTokenId",
}
# Errors that States.ALL lets pass (Developer Guide, "Handling errors": error names).
UNCATCHABLE = {"States.DataLimitExceeded", "States.Runtime"}
UNTOLD = "The cause could not be determined because Lambda did not return an error type."


Namer = Callable[[Any, Exception], tuple[str, str] | None]


def install(account: Account) -> None:
    """Name the errors of tasks and match them as on AWS."""
    callback = StateTaskServiceCallback._from_error
    plain_function = StateTaskLambda._from_error

    def function_failed(task: Any, env: Any, ex: Exception) -> Any:
        named = _function_error(task, ex)
        return _function_failed(env, *named) if named else plain_function(task, env, ex)

    # moto logs a failure that a state catches as an error, with the definition around it.
    for log in ("_log_failure_event_exception", "_log_exception"):
        replace(account, EvalComponent, log, lambda *_args, **_kwargs: None)
    # moto refuses to hand a States.* error of a branch or iteration on to the state around it.
    replace(account, CustomErrorName, "__init__", ErrorName.__init__)
    # moto lets States.ALL catch what ends an execution, and States.TaskFailed catch timeouts.
    replace(account, ErrorEqualsDecl, "_eval_body", _match)
    # moto calls each refused call of a service without its own names States.Runtime.
    others = _failing(_service_error, StateTaskService._from_error)
    replace(account, StateTaskService, "_from_error", others)
    # moto has names for these two that AWS does not have.
    replace(account, StateTaskServiceSfn, "_from_error", _failing(_service_error, callback))
    replace(account, StateTaskServiceSqs, "_from_error", _failing(_service_error, callback))
    # moto spells most services of the SDK integrations as their ARN does, not as their errors do.
    replace(account, StateTaskServiceAwsSdk, "_from_error", _failing(_sdk_error, callback))
    # moto calls an error without a type "Exception", and has no name for what IAM refuses.
    replace(account, StateTaskServiceLambda, "_from_error", _failing(_function_error, callback))
    replace(account, StateTaskLambda, "_from_error", function_failed)


def _failing(name: Namer, plain: Callable[..., Any]) -> Callable[..., Any]:
    """Make the handler of a task's exceptions from what names those of AWS."""

    def failed(task: Any, env: Any, ex: Exception) -> Any:
        named = name(task, ex)
        return _task_failed(task, env, *named) if named else plain(task, env, ex)

    return failed


def _match(errors: Any, env: Any) -> None:
    name = env.stack.pop().error_name
    wanted = {error.error_name for error in errors.error_names}
    env.stack.append(
        name in wanted
        or ("States.ALL" in wanted and name not in UNCATCHABLE)
        or ("States.TaskFailed" in wanted and name not in UNCATCHABLE | {"States.Timeout"})
    )


def _function_error(_task: Any, failure: Exception) -> tuple[str, str] | None:
    """Give error and cause of a call of a function, None for what is no error of Lambda's."""
    if isinstance(failure, LambdaFunctionErrorException):
        try:
            return str(json.loads(failure.payload)["errorType"]), failure.payload
        except (ValueError, TypeError, KeyError):
            return "Lambda.Unknown", f"{UNTOLD} Returned payload: {failure.payload}"
    if isinstance(failure, ClientError | BotoCoreError):
        return _refused("lambda", failure)
    return None


def _service_error(task: Any, failure: Exception) -> tuple[str, str] | None:
    if isinstance(failure, ClientError | BotoCoreError):
        return _refused(task.resource.service_name, failure)
    return None


def _sdk_error(task: Any, failure: Exception) -> tuple[str, str] | None:
    """Give error and cause of an `aws-sdk:` call: names as in the SDK for Java, version 2."""
    if not isinstance(failure, ClientError | BotoCoreError):
        return None
    model = service_model(task._get_boto_service_name())
    service = snake_to_camel_case(camel_to_snake_case(str(model.service_id))).replace(" ", "")
    if isinstance(failure, BotoCoreError):
        return f"{service}.SdkClientException", str(failure)
    error, metadata = failure.response["Error"], failure.response.get("ResponseMetadata", {})
    declared = model.shape_for_error_code(error["Code"])
    name = declared.name if declared else service
    told = (
        f"{error.get('Message', '')} (Service: {service}, "
        f"Status Code: {metadata.get('HTTPStatusCode', 400)}, "
        f"Request ID: {metadata.get('RequestId', '')})"
    )
    return f"{service}.{name if name.endswith('Exception') else f'{name}Exception'}", told


def _refused(service: str, failure: ClientError | BotoCoreError) -> tuple[str, str]:
    """Give error and cause of a call that the service refused or did not answer."""
    prefix, undeclared = SERVICES.get(service, (service.upper(), f"{service.upper()}Exception"))
    if isinstance(failure, BotoCoreError):
        return f"{prefix}.SdkClientException", str(failure)
    code = failure.response["Error"]["Code"]
    name = undeclared if code in UNDECLARED else code
    metadata = failure.response.get("ResponseMetadata", {})
    told = (
        f"{failure.response['Error'].get('Message', '')} (Service: {undeclared[:-9]}; "
        f"Status Code: {metadata.get('HTTPStatusCode', 400)}; Error Code: {code}; "
        f"Request ID: {metadata.get('RequestId', '')}; Proxy: null)"
    )
    return f"{prefix}.{name if name.endswith('Exception') else f'{name}Exception'}", told


def _task_failed(task: Any, env: Any, error: str, cause: str) -> FailureEvent:
    details: Any = TaskFailedEventDetails(
        error=error,
        cause=cause,
        resource=task._get_sfn_resource(),
        resourceType=task._get_sfn_resource_type(),
    )
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.TaskFailed,
        event_details=_details("taskFailedEventDetails", details),
    )


def _function_failed(env: Any, error: str, cause: str) -> FailureEvent:
    details: Any = LambdaFunctionFailedEventDetails(error=error, cause=cause)
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.LambdaFunctionFailed,
        event_details=_details("lambdaFunctionFailedEventDetails", details),
    )


def _details(name: str, details: Any) -> Any:
    return {name: details}
