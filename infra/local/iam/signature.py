"""Signature Version 4 of a request, read and checked; AWS page "Signature Version 4"."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
TIMESTAMP = "%Y%m%dT%H%M%SZ"


class Malformed(Exception):
    """An Authorization header or a presigned URL that is no Signature Version 4."""


@dataclass(frozen=True)
class Signature:
    """What a request's signature says of itself."""

    access_key_id: str
    region: str
    service: str
    timestamp: str
    signed_headers: tuple[str, ...]
    signature: str
    token: str
    expires_seconds: int | None = None

    @property
    def presigned(self) -> bool:
        """Whether it stands in the query string."""
        return self.expires_seconds is not None

    def expired(self, now: datetime) -> bool:
        """Tell whether a presigned URL is too old."""
        if self.expires_seconds is None:
            return False
        signed = datetime.strptime(self.timestamp, TIMESTAMP).replace(tzinfo=UTC)
        return now > signed + timedelta(seconds=self.expires_seconds)

    def verifies(self, secret: str, token: str, environ: Mapping[str, Any], body: bytes) -> bool:
        """Tell whether this secret signed this very request."""
        declared = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
        hashed = hashlib.sha256(body).hexdigest()
        if len(declared) == len(hashed) and declared != hashed:
            return False
        request = AWSRequest(
            method=environ["REQUEST_METHOD"],
            url=f"http://{environ.get('HTTP_HOST', '')}{_target(environ, self.presigned)}",
            data=body,
            headers={name: _header(environ, name) for name in self.signed_headers},
        )
        if self.presigned:
            declared = "UNSIGNED-PAYLOAD" if self.service == "s3" else hashed
        request.context["timestamp"] = self.timestamp
        auth = _auth(self.service, self.region, secret, token)
        auth.payload = lambda _: declared or hashed
        canonical = auth.canonical_request(request)
        wanted = auth.signature(auth.string_to_sign(request, canonical), request)
        return hmac.compare_digest(wanted.encode(), self.signature.encode())


def read(environ: Mapping[str, Any]) -> Signature | None:
    """Read a request's signature; None where it is not signed.

    Raises Malformed.
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = environ.get("QUERY_STRING", "")
    if header:
        if not header.startswith(ALGORITHM):
            raise Malformed("Authorization is no AWS4-HMAC-SHA256 signature")
        fields = dict(
            part.strip().split("=", 1)
            for part in header[len(ALGORITHM) :].split(",")
            if "=" in part
        )
        fields["Date"] = environ.get("HTTP_X_AMZ_DATE", "")
        fields["Token"] = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
        return _signature(fields)
    if "X-Amz-Signature=" in query:
        fields = {
            name.removeprefix("X-Amz-"): value
            for name, value in parse_qsl(query, keep_blank_values=True)
        }
        fields["Token"] = fields.get("Security-Token", "")
        return _signature(fields, presigned=True)
    return None


def _signature(fields: Mapping[str, str], presigned: bool = False) -> Signature:
    try:
        expires_seconds = int(fields["Expires"]) if presigned else None
        access_key_id, _, region, service, last = fields["Credential"].split("/")
        datetime.strptime(fields["Date"], TIMESTAMP)
        headers = tuple(fields["SignedHeaders"].split(";"))
        signature = fields["Signature"]
    except (KeyError, ValueError) as error:
        raise Malformed(f"the signature is incomplete: {error}") from error
    if last != "aws4_request" or "host" not in headers:
        raise Malformed("the signature's scope or its signed headers are wrong")
    return Signature(
        access_key_id,
        region,
        service,
        fields["Date"],
        headers,
        signature,
        fields["Token"],
        expires_seconds,
    )


def _auth(service: str, region: str, secret: str, token: str) -> Any:
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    return kind(Credentials("unused", secret, token or None), service, region)


def _header(environ: Mapping[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return environ.get(key, "")
    return environ.get(f"HTTP_{key}", "")


def _target(environ: Mapping[str, Any], presigned: bool) -> str:
    target: str = environ["RAW_URI"]
    if not presigned:
        return target
    path, _, query = target.partition("?")
    kept = [part for part in query.split("&") if not unquote(part).startswith("X-Amz-Signature=")]
    return f"{path}?{'&'.join(kept)}"
