"""S3 hides from those who may not list a bucket that an object is not there.

AWS page "GetObject", "Permissions": without s3:ListBucket the answer is 403, not 404.
"""

from collections.abc import Callable, Iterable
from typing import Any

from infra.local.iam import denials
from infra.local.iam.conditions import Context
from infra.local.iam.operations import Operation
from infra.local.iam.policy import Decision
from infra.local.iam.principals import Principal

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
READS = ("GetObject", "HeadObject")


def hiding_missing(
    app: Application, principal: Principal, operation: Operation, conditions: Context
) -> Application:
    """Give an application that answers 403 where S3 would not say that a key is missing."""
    if operation.service != "s3" or operation.name not in READS:
        return app
    bucket = f"arn:aws:s3:::{operation.text('Bucket')}"
    if principal.decide("s3:ListBucket", bucket, conditions) is Decision.ALLOWED:
        return app

    def hidden(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answered: list[Any] = []
        body = b"".join(app(environ, lambda *answer: answered.extend(answer)))
        status, headers = answered[:2]
        if status.startswith("404") and b"NoSuchBucket" not in body:
            refusal = denials.access_denied(
                "s3", principal.arn, "s3:ListBucket", bucket, explicit=False
            )
            head = environ["REQUEST_METHOD"] == "HEAD"
            status, headers, body = denials.answer("s3", "s3", refusal, head)
        start_response(status, headers)
        return [body]

    return hidden
