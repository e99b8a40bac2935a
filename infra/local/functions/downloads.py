"""Where GetFunction says that a function's code lies: an address that answers for ten minutes.

Lambda API Reference, "FunctionCodeLocation".
"""

from typing import Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.awslambda.models import LambdaFunction
from moto.s3.models import s3_backends

from infra.local.account import REGION, Account
from infra.local.patching import replace

# Lambda keeps code in an account of its own, which no list of buckets shows.
OWNER, BUCKET = "000000000000", "awslambda-embedded-snapshots"
SECONDS = 600


def install(account: Account) -> None:
    """Let the address of a function's code lead to this account."""

    def told(self: Any) -> dict[str, Any]:
        answer: dict[str, Any] = plain(self)
        if self.package_type != "Image":
            key = f"{self.code_digest}.zip"
            _keep(key, self.code_bytes)
            answer["Code"] = {"RepositoryType": "S3", "Location": _address(account, key)}
        return answer

    # moto's address leads to AWS, and a function made of a zip has none.
    plain = replace(account, LambdaFunction, "get_code", told)


def _address(account: Account, key: str) -> str:
    url = f"{account.endpoint}/{BUCKET}/{key}"
    request = AWSRequest("GET", url)
    keys = Credentials(account.admin["AccessKeyId"], account.admin["SecretAccessKey"])
    S3SigV4QueryAuth(keys, "s3", REGION, expires=SECONDS).add_auth(request)
    return str(request.url)


def _keep(key: str, content: bytes) -> None:
    backend = s3_backends[OWNER]["aws"]
    if BUCKET not in backend.buckets:
        backend.create_bucket(BUCKET, REGION)
    if backend.head_object(BUCKET, key) is None:
        backend.put_object(BUCKET, key, content)
