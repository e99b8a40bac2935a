"""Work out from the manifests what a promotion will do; nothing here calls AWS."""

from collections.abc import Iterable, Mapping
from typing import Any

from tasks import artifacts
from tasks.errors import InvalidManifest

# Each look writes about 20 of the 25,000 history events that an execution may have
# (Step Functions User Guide, "Step Functions service quotas").
MOST_CHECKS = 500
NO_SITE: dict[str, Any] = {
    "present": False,
    "bucket": "",
    "component": "",
    "source_prefix": "",
    "prefix": "",
    "entry": [],
    "files": [],
    "distribution": "",
}

Manifest = Mapping[str, Any]


def lay_out(
    system: Manifest, environment: Manifest, release: Manifest, digest: str, account: str
) -> dict[str, Any]:
    """Give the plan but for what the state table knows: `previous` and `already_live`.

    `account` is daytwo's own and stands in for an environment that names none. Raises
    InvalidManifest where the release and the system do not fit together.
    """
    folder = artifacts.folder(release["system"], release["version"])
    names = {"environment": environment["name"], "account": environment["account"] or account}
    components = [expanded(component, names) for component in system["components"]]
    weights = shares(environment["traffic"])
    return {
        "system": system["name"],
        "release": release["version"],
        "environment": environment["name"],
        "digest": digest,
        "target": {"region": environment["region"], "role_arn": environment["role_arn"]},
        "gates": dict(system["gates"]),
        "evidence": {
            kind: [located(entry, folder) for entry in files]
            for kind, files in release["evidence"].items()
        },
        "stack": {
            "name": environment["stack"],
            "template_key": folder + release["template"]["path"],
            "template_sha256": release["template"]["sha256"],
            "parameters": parameters(environment, release, names),
            "role_arn": environment["deployment_role_arn"],
        },
        "functions": functions(components, release, folder),
        "site": site(components, release, folder),
        "steps": steps(weights, environment["traffic"]),
        "bake": {"checks": checks(environment["bake"], MOST_CHECKS // len(weights))},
        "health": health(environment, components, names),
        "approval": {
            "required": bool(environment["approval"]["roles"]),
            "roles": environment["approval"]["roles"],
            "expires_seconds": environment["approval"]["expires_seconds"],
        },
        "next_environment": environment["promote_to"],
    }


def located(entry: Manifest, folder: str) -> dict[str, str]:
    """Give an object of the release by its key in the artifacts bucket."""
    return {"key": folder + entry["path"], "sha256": entry["sha256"]}


def expand(text: str, names: Mapping[str, str]) -> str:
    """Put the environment's names in for `{environment}` and `{account}`."""
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def expanded(component: Manifest, names: Mapping[str, str]) -> dict[str, Any]:
    """Expand each string of a component."""
    return {
        field: expand(value, names) if isinstance(value, str) else value
        for field, value in component.items()
    }


def parameters(
    environment: Manifest, release: Manifest, names: Mapping[str, str]
) -> dict[str, str]:
    """Join the stack's parameters of both; a release does not decide what an environment owns."""
    own = {name: expand(value, names) for name, value in environment["parameters"].items()}
    brought = release["parameters"]
    disputed = sorted(name for name in own.keys() & brought.keys() if own[name] != brought[name])
    if disputed:
        raise InvalidManifest(
            f"Release {release['version']} sets parameters that environment "
            f"{environment['name']} owns: {', '.join(disputed)}. Remove them from the release, "
            "or from the environment in the system's manifest."
        )
    return brought | own


def functions(
    components: Iterable[Manifest], release: Manifest, folder: str
) -> list[dict[str, str]]:
    """Give the functions that the release brings code for, in the system's order."""
    code = {entry["component"]: entry for entry in release["functions"]}
    described = [entry for entry in components if entry["type"] == "lambda"]
    refuse_unknown(code, described, release, "function")
    return [
        {
            "component": entry["name"],
            "function": entry["function"],
            "alias": entry["alias"],
            **located(code[entry["name"]], folder),
        }
        for entry in described
        if entry["name"] in code
    ]


def site(components: Iterable[Manifest], release: Manifest, folder: str) -> dict[str, Any]:
    """Give the static site that the release brings, with the files' paths within the site."""
    if "site" not in release:
        return NO_SITE
    brought = release["site"]
    described = [entry for entry in components if entry["type"] == "static_site"]
    refuse_unknown([brought["component"]], described, release, "static site")
    component = next(entry for entry in described if entry["name"] == brought["component"])
    files = [
        {
            **located(entry, folder),
            "path": entry["path"].removeprefix(brought["prefix"]),
            "content_type": entry["content_type"],
        }
        for entry in brought["files"]
    ]
    missing = set(component["entry"]) - {entry["path"] for entry in files}
    if missing:
        raise InvalidManifest(
            f"The site of release {release['version']} lacks {', '.join(sorted(missing))}, which "
            f"visitors of {component['name']} ask for."
        )
    return {
        "present": True,
        "bucket": component["bucket"],
        "component": component["name"],
        "source_prefix": folder + brought["prefix"],
        "prefix": f"releases/{release['version']}/",
        "entry": component["entry"],
        "files": files,
        "distribution": component["distribution"],
    }


def refuse_unknown(
    brought: Iterable[str], described: Iterable[Manifest], release: Manifest, kind: str
) -> None:
    """Raise InvalidManifest where a release brings what the system does not have."""
    known = {entry["name"] for entry in described}
    unknown = sorted(set(brought) - known)
    if unknown:
        raise InvalidManifest(
            f"Release {release['version']} brings {', '.join(unknown)}, but the system has no such "
            f"{kind}; it has {', '.join(sorted(known)) or 'none'}."
        )


def health(
    environment: Manifest, components: Iterable[Manifest], names: Mapping[str, str]
) -> dict[str, Any]:
    """Give the alarms to watch and the functions to ask."""
    known = {entry["name"]: entry for entry in components if entry["type"] == "lambda"}
    for check in environment["health_checks"]:
        if check["component"] not in known:
            raise InvalidManifest(
                f"A health check of {environment['name']} asks {check['component']}, but the "
                f"system has no such function; it has {', '.join(sorted(known)) or 'none'}."
            )
    return {
        "alarms": [
            {"name": expand(alarm["name"], names), "without_data": alarm["without_data"]}
            for alarm in environment["alarms"]
        ],
        "checks": [
            {
                "component": check["component"],
                "function": known[check["component"]]["function"],
                "alias": known[check["component"]]["alias"],
                "payload": check["payload"],
                "expect_status": check["expect_status"],
            }
            for check in environment["health_checks"]
        ],
    }


def shares(traffic: Manifest) -> list[int]:
    """Give the percent of traffic after each step: rising, and 100 at the end.

    A canary's list that stops short of 100 is completed; one that does not rise is refused,
    because a step that changes nothing would only look like a check.
    """
    if traffic["strategy"] == "all_at_once":
        return [100]
    if traffic["strategy"] == "linear":
        percent = traffic["percent"]
        return [*range(percent, 100, percent), 100]
    weights = traffic["steps"]
    completed = weights if weights and weights[-1] == 100 else [*weights, 100]
    rising = all(low < high for low, high in zip([0, *completed], completed, strict=False))
    if not rising or completed[-1] != 100:
        raise InvalidManifest(f"The canary's steps {weights} do not rise from above 0 to 100 %.")
    return completed


def steps(weights: list[int], traffic: Manifest) -> list[dict[str, Any]]:
    """Give each step with the looks that follow it; the last is followed by the bake instead."""
    pause = {"seconds": traffic["interval_seconds"], "check_seconds": traffic["check_seconds"]}
    return [
        {
            "name": f"{after} %",
            "from": before,
            "to": after,
            "checks": checks(pause, MOST_CHECKS // len(weights)) if after < 100 else [],
        }
        for before, after in zip([0, *weights], weights, strict=False)
    ]


def checks(pause: Manifest, most: int) -> list[dict[str, Any]]:
    """Split a pause into waits, each before a look; the last look decides.

    The waits are `check_seconds` long and sum to `seconds`; where that would be more than
    `most` looks, they are longer. A pause of 0 s still has one look.
    """
    seconds = pause["seconds"]
    every = max(pause["check_seconds"], 1, -(-seconds // most))
    waits = [min(every, seconds - begun) for begun in range(0, seconds, every)] or [0]
    last = len(waits) - 1
    return [{"wait_seconds": wait, "last": at == last} for at, wait in enumerate(waits)]
