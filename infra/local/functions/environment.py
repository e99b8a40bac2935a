"""The environment variables of a function's process.

Names and meanings: AWS Lambda Developer Guide, "Working with Lambda environment variables".
"""

from pathlib import Path
from typing import Any

from infra.local.account import Account

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def environment(
    account: Account, function: Any, folders: list[Path], stream: str, tracer: str, scratch: Path
) -> dict[str, str]:
    """Make the whole environment of a process; nothing of the account's own leaks into it.

    `folders` are the function's search path with its code first, `stream` its log stream,
    `tracer` the X-Ray daemon's address, `scratch` a folder of its own for temporary files.
    """
    keys = account.credentials(function.role, function.function_name)
    variables = {
        **{name: str(value) for name, value in function.environment_vars.items()},
        **_platform(function, folders),
        **_logging(function, stream),
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_XRAY_DAEMON_ADDRESS": tracer,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
    }
    variables.setdefault("AWS_ENDPOINT_URL", account.endpoint)
    return variables


def _platform(function: Any, folders: list[Path]) -> dict[str, str]:
    return {
        "_HANDLER": function.handler,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": function.region,
        "LAMBDA_RUNTIME_DIR": str(folders[-1]),
        "LAMBDA_TASK_ROOT": str(folders[0]),
        "LANG": "en_US.UTF-8",
        "PATH": SYSTEM_PATH,
        "PYTHONPATH": ":".join(map(str, folders)),
        "TZ": ":UTC",
    }


def _logging(function: Any, stream: str) -> dict[str, str]:
    config = function.logging_config
    variables = {
        "AWS_LAMBDA_LOG_FORMAT": config["LogFormat"],
        "AWS_LAMBDA_LOG_GROUP_NAME": config["LogGroup"],
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
    }
    if config.get("ApplicationLogLevel"):
        variables["AWS_LAMBDA_LOG_LEVEL"] = config["ApplicationLogLevel"]
    return variables
