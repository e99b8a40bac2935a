"""Dynamic references: `{{resolve:secretsmanager:…}}` and `{{resolve:ssm:…}}` in a template.

CloudFormation User Guide, "Get values stored in other services using dynamic references". They
are answered as a resource is made, so that a stack never keeps a secret.
"""

import json
import re
from typing import Any

from infra.local.account import Account

REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]*)\}\}")


def answered(account: Account, region: str, value: Any) -> Any:
    """Give a value of a template with every dynamic reference in it answered."""
    if isinstance(value, dict):
        return {key: answered(account, region, part) for key, part in value.items()}
    if isinstance(value, list):
        return [answered(account, region, part) for part in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    return REFERENCE.sub(lambda found: _answer(account, region, *found.groups()), value)


def _answer(account: Account, region: str, service: str, rest: str) -> str:
    if service != "secretsmanager":
        parameter = account.client("ssm", region).get_parameter(Name=rest, WithDecryption=True)
        return str(parameter["Parameter"]["Value"])
    arn = 7 if rest.startswith("arn:") else 1
    parts = rest.split(":")
    secret, (_, key, *_) = ":".join(parts[:arn]), [*parts[arn:], "", ""]
    reply = account.client("secretsmanager", region).get_secret_value(SecretId=secret)
    text: str = reply["SecretString"]
    return str(json.loads(text)[key]) if key else text
