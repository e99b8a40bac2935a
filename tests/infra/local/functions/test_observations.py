"""What is seen of invocations: logs, metrics, traces."""

import base64
import json
import re
import socket
import time

TALK = """
import json, sys
print("loading")
def handler(event, context):
    print("hello")
    print("to the error stream", file=sys.stderr)
    sys.stdout.write("without an end")
    if event == "raise":
        raise ValueError("no such order")
    if event == "leave":
        sys.exit(1)
"""


def test_a_log_tells_of_each_invocation(cloud):
    cloud.create("talk", TALK)
    _, reply = cloud.invoke("talk")
    request = reply["ResponseMetadata"]["RequestId"]

    lines = cloud.log("/aws/lambda/talk")

    assert lines[0] == f"START RequestId: {request} Version: $LATEST"
    assert lines[1:5] == ["loading", "hello", "to the error stream", "without an end"]
    assert lines[5] == f"END RequestId: {request}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms",
        lines[6],
    )


def test_each_process_has_its_own_stream(cloud):
    cloud.create("streams", TALK)
    cloud.invoke("streams", "leave")
    cloud.invoke("streams")

    streams = cloud.client("logs").describe_log_streams(logGroupName="/aws/lambda/streams")

    names = [stream["logStreamName"] for stream in streams["logStreams"]]
    assert len(names) == 2
    assert all(re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", name) for name in names)


def test_an_error_stands_in_the_log_as_one_event(cloud):
    cloud.create("error-log", TALK)
    cloud.invoke("error-log", "raise")

    error = next(line for line in cloud.log("/aws/lambda/error-log") if "[ERROR]" in line)

    assert error.endswith('raise ValueError("no such order")')
    assert "[ERROR] ValueError: no such order\nTraceback (most recent call last):" in error


def test_the_caller_can_have_the_end_of_the_log(cloud):
    cloud.create("tail", TALK)

    _, reply = cloud.invoke("tail", LogType="Tail")

    tail = base64.b64decode(reply["LogResult"]).decode()
    assert tail.startswith("START RequestId: ")
    assert "hello" in tail


def test_json_logs_carry_platform_records(cloud):
    cloud.create(
        "json-log",
        """
        import logging
        def handler(event, context):
            logging.getLogger().info("stored")
        """,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "LogGroup": "/shared/functions",
        },
    )
    _, reply = cloud.invoke("json-log")

    records = [json.loads(line) for line in cloud.log("/shared/functions")]

    kinds = [record.get("type", record.get("message")) for record in records]
    assert kinds == ["platform.start", "stored", "platform.report"]
    report = records[-1]["record"]
    assert report["requestId"] == reply["ResponseMetadata"]["RequestId"]
    assert report["status"] == "success"
    assert report["metrics"]["memorySizeMB"] == 128
    config = cloud.client("lambda").get_function_configuration(FunctionName="json-log")
    assert config["LoggingConfig"]["LogGroup"] == "/shared/functions"


def test_json_logs_can_be_kept_to_what_went_wrong(cloud):
    config = {"LogFormat": "JSON", "SystemLogLevel": "WARN"}
    cloud.create("json-quiet", TALK, LoggingConfig=config)
    cloud.invoke("json-quiet")
    cloud.invoke("json-quiet", "leave")

    lines = [line for line in cloud.log("/aws/lambda/json-quiet") if line.startswith("{")]

    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds == ["platform.runtimeDone", "platform.report"]


def test_metrics_count_by_function_alias_and_version(cloud):
    cloud.create("measured", TALK)
    lambdas = cloud.client("lambda")
    lambdas.publish_version(FunctionName="measured")
    lambdas.create_alias(FunctionName="measured", Name="live", FunctionVersion="1")
    cloud.invoke("measured", Qualifier="live")
    cloud.invoke("measured", "raise", Qualifier="live")

    name = {"FunctionName": "measured"}
    alias = {**name, "Resource": "measured:live"}
    for dimensions in (name, alias, {**alias, "ExecutedVersion": "1"}):
        assert cloud.metric("Invocations", **dimensions) == [1, 1]
        assert cloud.metric("Errors", **dimensions) == [0, 1]
        assert len(cloud.metric("Duration", **dimensions)) == 2


def test_metrics_are_read_at_the_accounts_time(cloud):
    from datetime import timedelta

    cloud.create("timely", TALK)
    before = cloud.account.clock.now()
    cloud.invoke("timely")
    after = cloud.account.clock.now() + timedelta(seconds=60)

    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": "timely"}],
        StartTime=before,
        EndTime=after,
        Period=86400,
        Statistics=["Sum"],
    )["Datapoints"]

    assert [point["Sum"] for point in found] == [1]


def test_embedded_metrics_leave_the_log_as_metrics(cloud):
    cloud.create(
        "embedded",
        """
        import json
        def handler(event, context):
            directive = {
                "Namespace": "shop",
                "Dimensions": [["service"], []],
                "Metrics": [{"Name": "Orders", "Unit": "Count"}],
            }
            aws = {"Timestamp": 1, "CloudWatchMetrics": [directive]}
            print(json.dumps({"_aws": aws, "service": "till", "Orders": [3, 4]}))
            print('{"_aws": {"CloudWatchMetrics": "broken"}}')
        """,
    )

    _, reply = cloud.invoke("embedded")

    assert "FunctionError" not in reply
    assert cloud.metric("Orders", "shop", service="till") == [3, 4]
    assert cloud.metric("Orders", "shop") == [3, 4]


TRACED = """
import os
def handler(event, context):
    return os.environ["_X_AMZN_TRACE_ID"], os.environ["AWS_XRAY_DAEMON_ADDRESS"]
"""


def documents(cloud, trace):
    """Give the segment documents of a trace by name."""
    traces = cloud.client("xray").batch_get_traces(TraceIds=[trace])["Traces"]
    found = [json.loads(segment["Document"]) for one in traces for segment in one["Segments"]]
    return {document["name"]: document for document in found}


def test_a_traced_function_leaves_a_segment_and_takes_those_of_its_sdk(cloud):
    cloud.create("traced", TRACED, TracingConfig={"Mode": "Active"})

    (header, daemon), _ = cloud.invoke("traced")

    trace, parent, sampled = (part.partition("=")[2] for part in header.split(";"))
    subsegment = {
        "id": "00000000000000aa",
        "trace_id": trace,
        "parent_id": parent,
        "type": "subsegment",
        "name": "dynamodb",
        "start_time": 1.0,
        "end_time": 2.0,
    }
    host, port = daemon.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        message = '{"format": "json", "version": 1}\n' + json.dumps(subsegment)
        sender.sendto(message.encode(), (host, int(port)))
    assert sampled == "1"
    found = cloud.until(lambda: (two := documents(cloud, trace)) and len(two) == 2 and two)
    assert found["traced"]["id"] == found["dynamodb"]["parent_id"]
    assert found["traced"]["origin"] == "AWS::Lambda::Function"


def test_segments_can_be_put_and_are_summed_up(cloud):
    now = time.time()
    trace = f"1-{int(now):08x}-abcdef012345678912345678"
    segment = {
        "id": "00000000000000bb",
        "trace_id": trace,
        "name": "direct",
        "start_time": now,
        "end_time": now + 1,
    }
    traces = cloud.client("xray")

    sent = traces.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
    summaries = traces.get_trace_summaries(StartTime=now - 60, EndTime=now + 60)

    assert sent["UnprocessedTraceSegments"] == []
    assert "direct" in documents(cloud, trace)
    assert trace in [one["Id"] for one in summaries["TraceSummaries"]]


def test_a_datagram_that_is_no_segment_is_dropped(cloud):
    cloud.create("dropping", TRACED, TracingConfig={"Mode": "Active"})
    (header, daemon), _ = cloud.invoke("dropping")
    host, port = daemon.split(":")

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"\xff no segment", (host, int(port)))

    (header, _), _ = cloud.invoke("dropping")
    trace = header.split(";")[0].partition("=")[2]
    assert "dropping" in documents(cloud, trace)


def test_an_untraced_function_is_told_not_to_sample(cloud):
    cloud.create("untraced", TRACED)

    (header, _), _ = cloud.invoke("untraced")

    assert header.endswith(";Sampled=0")
