"""Tokens of pages: how many of a list, which only grows, came before."""

import base64
import binascii

from moto.ec2.exceptions import EC2ClientError

WORD = "from"


def token(position: int) -> str:
    """Make the token of the page that begins at a position."""
    return base64.urlsafe_b64encode(f"{WORD} {position}".encode()).decode()


def position(token: str | None) -> int:
    """Tell where the page of a token begins; raises EC2's error for one that is none of its."""
    if not token:
        return 0
    try:
        word, number = base64.urlsafe_b64decode(token).decode().split()
        if word == WORD:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise EC2ClientError(
        "InvalidParameterValue", f"Invalid value '{token}' for parameter nextToken."
    )
