"""What moto and werkzeug do themselves; where this changes, a change of ours can go."""

import json
from threading import Thread
from urllib.request import urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response


def test_moto_still_reads_a_condition_of_a_bucket_policy_as_a_deny():
    refuse_plain_http = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::artifacts/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [refuse_plain_http]})
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="artifacts")
        s3.put_bucket_policy(Bucket="artifacts", Policy=policy)
        with pytest.raises(ClientError, match="403"):
            s3.put_object(Bucket="artifacts", Key="k", Body=b"over https")


def test_werkzeug_still_closes_each_connection():
    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *_):
            pass

    server = make_server("127.0.0.1", 0, Response("x"), threaded=True, request_handler=Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=10) as answer:
            assert answer.headers["Connection"] == "close"
    finally:
        server.shutdown()
        server.server_close()
