"""Whether a KMS key can be used: what is encrypted with one that cannot comes back nowhere."""

from moto.kms.models import kms_backends


def is_usable(key_id: str | None, account_id: str, region: str) -> bool:
    """Tell whether a key, by id, ARN or alias, is neither disabled nor about to be deleted.

    A key that KMS does not know here, such as AWS's own, is usable.
    """
    if not key_id:
        return True
    if key_id.startswith("arn:"):
        region = key_id.split(":")[3]
    try:
        return kms_backends[account_id][region].describe_key(key_id).key_state == "Enabled"
    except KeyError:
        return True
