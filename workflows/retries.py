"""Which errors may pass by themselves, and how often a state is tried again after them."""

from workflows.sdk import Retry

# What may pass by itself: our own transient errors, and Lambda's service errors (Step
# Functions Developer Guide, "Handle transient Lambda service exceptions").
TRANSIENT = [
    "Throttled",
    "Unavailable",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# A function that died: every task may run twice, so it is tried again, but not for long.
CRASHED = ["Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError"]
# The same for services called without a function: their throttling and internal errors.
SERVICE_TRANSIENT = {
    "sns": ["SNS.ThrottledException", "SNS.InternalErrorException", "States.Timeout"],
    "events": ["EventBridge.InternalException", "States.Timeout"],
    "dynamodb": [
        "DynamoDB.ThrottlingException",
        "DynamoDB.ProvisionedThroughputExceededException",
        "DynamoDB.RequestLimitExceeded",
        "DynamoDB.InternalServerError",
        "States.Timeout",
    ],
    "s3": ["S3.SdkClientException", "States.Timeout"],
    # Not States.Timeout: whoever was waited for too long still runs.
    "states": ["StepFunctions.ExecutionLimitExceeded", "StepFunctions.SdkClientException"],
    "cloudfront": ["CloudFront.TooManyInvalidationsInProgressException", "States.Timeout"],
}


def of_task(max_attempts: int) -> list[Retry]:
    """Give the retries of a call of a task function, so often after what may pass."""
    return [
        Retry(
            error_equals=TRANSIENT,
            interval_seconds=2,
            max_attempts=max_attempts,
            backoff_rate=2.0,
            max_delay_seconds=60,
            jitter_strategy="FULL",
        ),
        Retry(error_equals=CRASHED, interval_seconds=1, max_attempts=2, backoff_rate=2.0),
    ]


def of_service(action: str) -> Retry:
    """Give the retries of a service that is called without a function, as `sns:publish`."""
    return Retry(
        error_equals=SERVICE_TRANSIENT[action.removeprefix("aws-sdk:").split(":")[0]],
        interval_seconds=2,
        max_attempts=4,
        backoff_rate=2.0,
        jitter_strategy="FULL",
    )
