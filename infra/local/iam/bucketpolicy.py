"""The policy of the bucket that a request is about; AWS page "Bucket policies for Amazon S3"."""

from moto.s3.models import s3_backends

from infra.local.iam.conditions import Context
from infra.local.iam.policy import Decision, Statement, parse
from infra.local.iam.principals import PARTITION, Principal, naming

PREFIX = "arn:aws:s3:::"


def bucket_decision(principal: Principal, action: str, resource: str, context: Context) -> Decision:
    """Judge an action by the policy of the resource's bucket, if it has one."""
    if not resource.startswith(PREFIX):
        return Decision.NOT_ALLOWED
    name = resource.removeprefix(PREFIX).partition("/")[0]
    bucket = s3_backends[principal.account][PARTITION].buckets.get(name)
    document = bucket.policy if bucket else None
    if not document:
        return Decision.NOT_ALLOWED
    text = document.decode() if isinstance(document, bytes) else str(document)
    allowed = False
    for statement in parse(text):
        if _concerns(statement, principal) and statement.covers(action, resource, context):
            if not statement.allows:
                return Decision.DENIED
            allowed = True
    return Decision.ALLOWED if allowed else Decision.NOT_ALLOWED


def _concerns(statement: Statement, principal: Principal) -> bool:
    """Tell whether a statement is about the caller; a deny also by the caller's account."""
    named = set(naming(statement, principal))
    return "named" in named or (not statement.allows and bool(named or not statement.principal))
