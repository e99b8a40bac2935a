"""Synchronous invocations: answers, errors, processes, what a process sees."""

import os
import signal

import pytest
from botocore.exceptions import ClientError

ECHO = """
import os
def handler(event, context):
    return {"event": event, "pid": os.getpid(), "arn": context.invoked_function_arn}
"""
TROUBLE = """
import os, sys, time
def handler(event, context):
    if event == "raise":
        raise ValueError("no such order")
    if event == "exit":
        sys.exit(3)
    if event == "hang":
        time.sleep(60)
    if event == "kill":
        os.kill(os.getpid(), 9)
    if event == "large":
        return "x" * (6 * 1024 * 1024)
    if event == "memory":
        return len(bytearray(b"1") * (int(context.memory_limit_in_mb) * 1024 * 1024))
    if event == "all memory":
        return len(bytearray(4 * 1024 * 1024 * 1024))
    return os.getpid()
"""


@pytest.fixture(scope="module")
def trouble(cloud):
    """A function that goes wrong as its event says."""
    cloud.create("trouble", TROUBLE, Timeout=1)
    return "trouble"


def test_a_function_answers_what_its_handler_returns(cloud):
    cloud.create("echo", ECHO)

    answer, reply = cloud.invoke("echo", {"hello": "wörld"})

    assert answer["event"] == {"hello": "wörld"}
    assert answer["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:echo"
    assert answer["pid"] != os.getpid()
    assert reply["StatusCode"] == 200
    assert reply["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in reply


def test_a_warm_process_serves_the_next_invocation(cloud):
    cloud.create("warm", ECHO)

    first, _ = cloud.invoke("warm")
    second, _ = cloud.invoke("warm")

    assert first["pid"] == second["pid"]


def test_a_busy_process_gets_a_second_one_beside_it(cloud):
    from concurrent.futures import ThreadPoolExecutor

    cloud.create(
        "busy",
        """
        import os, pathlib, time
        def handler(event, context):
            meeting = pathlib.Path(event)
            (meeting / str(os.getpid())).touch()
            while len(list(meeting.iterdir())) < 2:
                time.sleep(0.01)
            return os.getpid()
        """,
    )
    meeting = cloud.account.workdir / "meeting"
    meeting.mkdir()

    with ThreadPoolExecutor(2) as both:
        pids = list(both.map(lambda _: cloud.invoke("busy", str(meeting))[0], range(2)))

    assert len(set(pids)) == 2


def test_an_exception_is_an_unhandled_error_with_its_class(cloud, trouble):
    answer, reply = cloud.invoke(trouble, "raise")

    assert reply["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "ValueError"
    assert answer["errorMessage"] == "no such order"


@pytest.mark.parametrize(
    ("event", "kind", "what"),
    [
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("kill", "Runtime.ExitError", "Runtime exited with error: signal: killed"),
        ("hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("memory", "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
        ("all memory", "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_process_that_is_lost_is_told_and_replaced(cloud, trouble, event, kind, what):
    before, _ = cloud.invoke(trouble)

    answer, reply = cloud.invoke(trouble, event)
    after, _ = cloud.invoke(trouble)

    request = reply["ResponseMetadata"]["RequestId"]
    assert reply["FunctionError"] == "Unhandled"
    assert answer == {"errorType": kind, "errorMessage": f"RequestId: {request} Error: {what}"}
    assert isinstance(after, int)
    assert after != before
    assert cloud.gone(before)


def test_a_process_that_dies_between_invocations_is_replaced_unseen(cloud, trouble):
    before, _ = cloud.invoke(trouble)
    os.kill(before, signal.SIGKILL)

    after, reply = cloud.invoke(trouble)

    assert after != before
    assert "FunctionError" not in reply


def test_an_answer_over_6_mb_is_refused(cloud, trouble):
    answer, reply = cloud.invoke(trouble, "large")

    assert reply["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_module_that_is_in_no_layer_is_missing(cloud):
    # pytest is installed beside the account, so only the search path keeps it away.
    cloud.create("missing", "import pytest\ndef handler(event, context): pass")

    answer, reply = cloud.invoke("missing")

    assert reply["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'pytest'" in answer["errorMessage"]


def test_a_layer_brings_modules(cloud):
    layer = cloud.client("lambda").publish_layer_version(
        LayerName="shared",
        Content={"ZipFile": cloud.zipped(python__shared="NAME = 'from the layer'")},
    )
    cloud.create(
        "layered",
        "import shared\ndef handler(event, context): return shared.NAME",
        Layers=[layer["LayerVersionArn"]],
    )

    assert cloud.invoke("layered")[0] == "from the layer"


def test_a_process_sees_its_own_environment_only(cloud, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_ACCOUNT", "x")
    cloud.create(
        "environment",
        """
        import os
        def handler(event, context):
            return {**os.environ, "remaining": context.get_remaining_time_in_millis()}
        """,
        Environment={"Variables": {"TABLE": "orders", "AWS_REGION": "mars"}},
        MemorySize=192,
    )

    seen, _ = cloud.invoke("environment")

    assert "SECRET_OF_THE_ACCOUNT" not in seen
    assert seen["TABLE"] == "orders"
    assert seen["AWS_REGION"] == "us-east-1"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "192"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "environment"
    assert seen["AWS_ENDPOINT_URL"] == cloud.account.endpoint
    assert seen["_HANDLER"] == "app.handler"
    assert 0 < seen["remaining"] <= 10_000


def test_a_process_acts_as_the_functions_role(cloud):
    cloud.create(
        "identity",
        """
        import boto3
        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Arn"]
        """,
    )

    answer, _ = cloud.invoke("identity")

    assert answer == "arn:aws:sts::123456789012:assumed-role/functions/identity"


def test_no_concurrency_is_too_many_requests(cloud):
    cloud.create("stopped", ECHO)
    lambdas = cloud.client("lambda")
    lambdas.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)

    with pytest.raises(lambdas.exceptions.TooManyRequestsException):
        cloud.invoke("stopped")

    assert cloud.metric("Throttles", FunctionName="stopped") == [1]
    assert cloud.metric("Invocations", FunctionName="stopped") == []


def test_an_unknown_function_is_not_found(cloud):
    with pytest.raises(ClientError, match=r"Function not found: .*:function:nobody"):
        cloud.invoke("nobody")


def test_an_event_that_is_no_json_is_refused(cloud, trouble):
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        cloud.client("lambda").invoke(FunctionName=trouble, Payload="{")


def test_a_dry_run_runs_nothing(cloud, trouble):
    _, reply = cloud.invoke(trouble, "raise", InvocationType="DryRun")

    assert reply["StatusCode"] == 204


def test_new_code_is_served_by_a_new_process(cloud):
    cloud.create("changing", ECHO)
    old, _ = cloud.invoke("changing")

    cloud.update("changing", "def handler(event, context): return 'new'")

    assert cloud.invoke("changing")[0] == "new"
    assert cloud.gone(old["pid"])


def test_a_new_setting_is_seen_by_the_next_invocation(cloud):
    cloud.create("set", "import os\ndef handler(event, context): return os.environ['COLOUR']")
    lambdas = cloud.client("lambda")
    for colour in ("red", "blue"):
        lambdas.update_function_configuration(
            FunctionName="set", Environment={"Variables": {"COLOUR": colour}}
        )
        assert cloud.invoke("set")[0] == colour


def test_a_deleted_function_leaves_no_process(cloud):
    cloud.create("deleted", ECHO)
    answer, _ = cloud.invoke("deleted")

    cloud.client("lambda").delete_function(FunctionName="deleted")

    assert cloud.gone(answer["pid"])
