"""Work out from a manifest what is backed up; nothing here calls AWS."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tasks import components
from tasks.errors import BackupRefused

# A manifest that names no stack still has one in each environment.
OWN_STACK = {"name": "stack", "type": "stack", "environments": [], "drill_parameters": {}}
NO_POINT = {"kind": "none", "id": "", "at": "", "manifest_key": ""}
MOST_LINES = 60

Manifest = Mapping[str, Any]


def identifier(execution: str, now: str) -> str:
    """Name an execution's backup: when it began, and what keeps two of a second apart.

    `execution` is its ARN; `now` is ISO 8601 UTC.
    """
    begun = datetime.fromisoformat(now).astimezone(UTC)
    return f"{begun:%Y%m%dt%H%M%S}-{hashlib.sha256(execution.encode()).hexdigest()[:8]}"


def chosen(
    system: Manifest, environment: Manifest, kind: str, asked: list[str], account: str
) -> list[dict[str, Any]]:
    """Give what the steps are told of each component that is backed up.

    `asked` names components, none means those of the manifest; `account` is daytwo's own.
    Raises BackupRefused with each component that cannot be backed up, or where there is none.
    """
    chains = components.BACKUPS[kind]
    known = {entry["name"]: entry for entry in described(system)}
    problems = list(_problems(known, environment["name"], chains, asked, kind))
    if problems:
        raise BackupRefused("; ".join(problems))
    wanted = asked or system["recovery"]["backups"]["components"]
    found = [
        component_of(entry, environment, chains[entry["type"]], account)
        for name, entry in known.items()
        if entry["type"] in chains
        and components.in_environment(entry, environment["name"])
        # Each environment's stack is exported even where other components alone are named.
        and (not wanted or name in wanted or (kind == "exports" and not asked))
    ]
    if not found:
        raise BackupRefused(
            f"{system['name']} has nothing in {environment['name']} of which there are {kind}: "
            f"they are made of components of the types {', '.join(sorted(chains))}. Name them in "
            "recovery.backups.components of the manifest."
        )
    return found


def described(system: Manifest) -> list[Manifest]:
    """List a manifest's components, and each environment's own stack where none is named."""
    named = list(system["components"])
    own = not any(entry["type"] == "stack" for entry in named)
    return named + [OWN_STACK] * own


def _problems(
    known: Mapping[str, Manifest], environment: str, chains: Manifest, asked: list[str], kind: str
) -> Iterator[str]:
    for name in asked:
        entry = known.get(name)
        if entry is None:
            yield f"There is no component {name}; there is {', '.join(sorted(known))}"
        elif entry["type"] not in chains:
            yield f"Of {name}, a {entry['type']}, there are no {kind}"
        elif not components.in_environment(entry, environment):
            yield f"{name} is not in {environment}"


def component_of(
    entry: Manifest, environment: Manifest, chain: str, account: str
) -> dict[str, Any]:
    """Give one component as the steps of backups and drills are told of it."""
    config = components.placed(entry, environment, account)
    return {
        "name": entry["name"],
        "type": entry["type"],
        "chain": chain,
        "resource": components.resource(config, environment),
        "copy": "",
        "recovery_point": NO_POINT,
        "config": config,
        "target_config": config,
        "options": {},
        "application_checks": [],
    }


def in_words(kind: str, found: list[dict[str, Any]], policy: Manifest) -> list[str]:
    """Say what will be made, where copies go and how long all is kept."""
    lines = [f"{kind} of {entry['resource']} ({entry['name']}, {entry['type']})" for entry in found]
    for copy in policy["copies"]:
        shared = f", shared with account {copy['account']}" if copy["account"] else ""
        lines.append(f"copies to {copy['region']}{shared}")
    tables = [entry["name"] for entry in found if entry["chain"] == "table"]
    if tables and policy["copies"]:
        lines.append(
            "on-demand backups of DynamoDB stay in their Region and account: no copy is made of "
            f"{', '.join(tables)}; a global-table replica keeps the items in a second Region"
        )
    lines.append(
        f"kept for {policy['retention_days']} days, and always the newest {policy['keep_at_least']}"
    )
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"and {len(lines) - MOST_LINES + 1} lines more"]
    return lines
