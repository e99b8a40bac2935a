"""Digests in the forms that AWS writes them."""

import base64


def base64_of(sha256: str) -> str:
    """Write a hex digest as Lambda and S3 do, in base64."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()
