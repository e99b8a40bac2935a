"""What the caller of a function reads, for each way that an invocation can end."""

import json
import signal
from typing import Any

from infra.local.functions.process import MEBIBYTE, Answer

# Lambda Developer Guide, "Lambda quotas": 6 MB for a synchronous answer.
LARGEST_ANSWER = 6 * MEBIBYTE


def exhausted(function: Any, answer: Answer, peak: int) -> bool:
    """Tell whether the process needed more memory than the function has; `peak` in MB.

    On AWS such a process is killed at once. Here the kernel refuses memory far beyond the
    setting, which Python tells as MemoryError, and what was less is seen at the end.
    """
    if peak > int(function.memory_size):
        return True
    return answer.kind == "error" and _error_type(answer.body) == "MemoryError"


def payload_of(kind: str, answer: Answer, function: Any, request_id: str) -> tuple[bytes, bool]:
    """Give the payload of an answer, and whether it describes an error.

    `kind` is the answer's, or memory. The errors' types and words: Lambda Developer Guide,
    "Troubleshoot invocation issues in Lambda" and "Troubleshoot execution issues in Lambda".
    """
    if kind == "response":
        return _sized(answer.body)
    if kind in ("error", "init_error"):
        return answer.body, True
    if kind == "timeout":
        what = f"Task timed out after {float(function.timeout):.2f} seconds"
        return _error("Sandbox.Timedout", what, request_id), True
    if kind == "memory":
        what = "Runtime exited with error: signal: killed"
        return _error("Runtime.OutOfMemory", what, request_id), True
    return _error("Runtime.ExitError", _ending(answer.status), request_id), True


def _sized(body: bytes) -> tuple[bytes, bool]:
    if len(body) <= LARGEST_ANSWER:
        return body, False
    error = {
        "errorMessage": f"Response payload size exceeded maximum allowed payload size "
        f"({LARGEST_ANSWER} bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    return json.dumps(error).encode(), True


def _ending(status: int) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    if status < 0:
        name = signal.strsignal(-status) or str(-status)
        return f"Runtime exited with error: signal: {name.lower()}"
    return f"Runtime exited with error: exit status {status}"


def _error(kind: str, what: str, request_id: str) -> bytes:
    message = f"RequestId: {request_id} Error: {what}"
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _error_type(body: bytes) -> str:
    try:
        return str(json.loads(body).get("errorType", ""))
    except (ValueError, AttributeError):
        return ""
