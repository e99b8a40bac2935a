"""Fill a fresh embedded account: daytwo itself, the example systems, and their releases."""

import json
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from infra.build import build
from infra.deploy import deploy_daytwo
from infra.discovery import ROOT
from infra.local.account import Account
from infra.local.control import LocalAccount, attach
from infra.stacks import Manner, deploy
from workflows import calendars, systems
from workflows.packaging import read_release
from workflows.recovery_schedules import SystemSchedules
from workflows.releases import Releases
from workflows.state import StateTable

log = logging.getLogger(__name__)
EXAMPLES = ROOT / "examples"
TEMPLATE = "template.json"
ROLE_TEMPLATE = "deployment-role-template.json"
ENVIRONMENT = "dev"
QUIETLY = Manner(tell=lambda line: log.debug("%s", line), poll_seconds=0.05)
Say = Callable[[str], None]
Outputs = dict[str, str]


class SetUpFailed(Exception):
    """A step of the bootstrap failed; the message says which, and why."""


def bootstrap(
    account: Account, say: Say, only: Collection[str] | None = None, examples: Path = EXAMPLES
) -> None:
    """Deploy daytwo as into any AWS account, then the systems of examples/ with their releases.

    `only` names the systems to load, None loads all. Acts as the user admin. Raises SetUpFailed
    with the step that failed, or the system that is not there.
    """
    folders = _folders(examples, only)
    admin = attach(account.workdir)
    outputs: Outputs = _step(say, "deploying daytwo", _deploy_daytwo, admin)
    for folder in folders:
        load(folder, admin, outputs, say)


def _folders(examples: Path, only: Collection[str] | None) -> list[Path]:
    found = {path.parent.name: path.parent for path in sorted(examples.glob("*/system.json"))}
    unknown = sorted(set(only or ()) - set(found))
    if unknown:
        raise SetUpFailed(
            f"there is no example system {', '.join(unknown)}; those of {examples} are "
            f"{', '.join(found)}"
        )
    return [folder for name, folder in found.items() if only is None or name in only]


def load(folder: Path, admin: LocalAccount, outputs: Outputs, say: Say) -> None:
    """Deploy the system of a folder, register it and publish its releases.

    What the folder does not have is left out: a template of a deployment role, one of the
    environments, releases. Raises SetUpFailed with the step that failed.
    """
    manifest = json.loads((folder / "system.json").read_text("utf-8"))
    name = manifest["name"]
    if (folder / ROLE_TEMPLATE).exists():
        _step(say, f"deploying {name}-deployment", _deploy_role, admin, folder)
    for environment in manifest["environments"]:
        if (folder / TEMPLATE).exists():
            title = f"deploying {environment['stack']}"
            _step(say, title, _deploy_environment, admin, folder, environment)
    _step(say, f"registering {name}", _register, admin, folder, manifest, outputs)
    for source in sorted(folder.glob("releases/*/release.json")):
        title = f"publishing {name} {source.parent.name}"
        _step(say, title, _publish, admin, source.parent, outputs)


def _step(say: Say, title: str, act: Callable[..., Any], *arguments: Any) -> Any:
    say(title)
    try:
        return act(*arguments)
    except Exception as error:
        raise SetUpFailed(f"{title}: {error}") from error


def _deploy_daytwo(admin: LocalAccount) -> Outputs:
    built = build(ENVIRONMENT, arch="local", out=admin.workdir / "build")
    return deploy_daytwo(built, admin, QUIETLY).outputs


def _deploy_role(admin: LocalAccount, folder: Path) -> None:
    template = (folder / ROLE_TEMPLATE).read_text("utf-8")
    deploy(f"{folder.name}-deployment", template, {}, admin, QUIETLY)


def _deploy_environment(admin: LocalAccount, folder: Path, environment: dict[str, Any]) -> None:
    template = (folder / TEMPLATE).read_text("utf-8")
    role = environment.get("deployment_role_arn", "")
    parameters = environment.get("parameters", {})
    deploy(environment["stack"], template, parameters, admin, QUIETLY, role)


def _register(
    admin: LocalAccount, folder: Path, manifest: dict[str, Any], outputs: Outputs
) -> None:
    table = StateTable(outputs["StateTableName"], admin.client("dynamodb"))
    expanded = calendars.expand(systems.validate(manifest), folder)
    systems.put(expanded, _arn(admin), table)
    SystemSchedules(admin.client("scheduler"), outputs.__getitem__).keep(expanded)


def _publish(admin: LocalAccount, folder: Path, outputs: Outputs) -> None:
    releases = Releases(
        admin.client("s3"),
        admin.client("dynamodb"),
        outputs["ArtifactsBucketName"],
        outputs["StateTableName"],
    )
    releases.publish(read_release(folder), _arn(admin))


def _arn(admin: LocalAccount) -> str:
    return f"arn:aws:iam::{admin.account}:user/admin"
