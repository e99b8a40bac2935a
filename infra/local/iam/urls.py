"""Which permissions a call of a function's URL needs."""

from typing import Any

from moto.awslambda.models import lambda_backends

from infra.local.account import ACCOUNT_ID
from infra.local.iam.checks import Check

PATH_PREFIX = "/lambda-url/"


def url_checks(path: str) -> list[Check] | None:
    """List what a caller needs for a function's URL; None where its auth type is NONE.

    AWS page "Control access to Lambda function URLs". An unknown URL needs nothing here:
    what stands behind the guard answers that there is none.
    """
    identifier = path.removeprefix(PATH_PREFIX).partition("/")[0]
    for backend in list(lambda_backends[ACCOUNT_ID].values()):
        for function in backend.list_functions():
            for config in getattr(function, "url_configs", {}).values():
                if config.id == identifier:
                    return _needed(config)
    return []


def _needed(config: Any) -> list[Check] | None:
    auth_type = config.config.get("AuthType")
    if auth_type == "NONE":
        return None
    arn = config.function.function_arn + (f":{config.qualifier}" if config.qualifier else "")
    return [
        Check("lambda:InvokeFunctionUrl", arn, {"lambda:functionurlauthtype": auth_type}),
        Check("lambda:InvokeFunction", arn, {"lambda:invokedviafunctionurl": "true"}),
    ]
