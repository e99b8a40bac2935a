"""Read what differs between deployments: infra/config/<environment>.json."""

import json
from pathlib import Path
from typing import Any

from schemas.validation import InvalidDocument, check

CONFIG = Path(__file__).resolve().parent / "config"


class InvalidConfig(Exception):
    """A configuration that is missing or breaks its schema; the message names each field."""


def environments() -> list[str]:
    """List the environments that have a configuration."""
    return sorted(path.stem for path in CONFIG.glob("*.json"))


def load(environment: str) -> dict[str, Any]:
    """Read one environment's configuration and check it against schemas/config.json."""
    path = CONFIG / f"{environment}.json"
    if not path.is_file():
        raise InvalidConfig(
            f"no configuration {environment!r}: choose one of {', '.join(environments())}, "
            f"or write infra/config/{environment}.json"
        )
    try:
        config: dict[str, Any] = check(json.loads(path.read_text()), "config")
    except (InvalidDocument, json.JSONDecodeError) as error:
        raise InvalidConfig(f"infra/config/{environment}.json: {error}") from None
    return config
