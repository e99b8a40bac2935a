"""Fill a fresh embedded account: daytwo itself, the example systems, and their releases."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.build import build
from infra.deploy import deploy_daytwo
from infra.discovery import ROOT
from infra.local.account import Account
from infra.local.control import LocalAccount, attach
from infra.stacks import Manner, deploy
from workflows import systems
from workflows.packaging import read_release
from workflows.releases import Releases
from workflows.state import StateTable

log = logging.getLogger(__name__)
EXAMPLES = ROOT / "examples"
ENVIRONMENT = "dev"
QUIETLY = Manner(tell=lambda line: log.debug("%s", line), poll_seconds=0.05)
Say = Callable[[str], None]
Outputs = dict[str, str]


class SetUpFailed(Exception):
    """A step of the bootstrap failed; the message says which, and why."""


def bootstrap(account: Account, say: Say) -> None:
    """Deploy daytwo as into any AWS account, then each system of examples/ with its releases.

    Acts as the user admin. Raises SetUpFailed with the step that failed.
    """
    admin = attach(account.workdir)
    outputs: Outputs = _step(say, "deploying daytwo", _deploy_daytwo, admin)
    for path in sorted(EXAMPLES.glob("*/system.json")):
        manifest = json.loads(path.read_text("utf-8"))
        _step(say, f"deploying {manifest['name']}-deployment", _deploy_role, admin, path.parent)
        for environment in manifest["environments"]:
            title = f"deploying {environment['stack']}"
            _step(say, title, _deploy_environment, admin, path.parent, environment)
        _step(say, f"registering {manifest['name']}", _register, admin, manifest, outputs)
        for source in sorted(path.parent.glob("releases/*/release.json")):
            title = f"publishing {manifest['name']} {source.parent.name}"
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
    template = (folder / "deployment-role-template.json").read_text("utf-8")
    deploy(f"{folder.name}-deployment", template, {}, admin, QUIETLY)


def _deploy_environment(admin: LocalAccount, folder: Path, environment: dict[str, Any]) -> None:
    template = (folder / "template.json").read_text("utf-8")
    role = environment["deployment_role_arn"]
    deploy(environment["stack"], template, environment["parameters"], admin, QUIETLY, role)


def _register(admin: LocalAccount, manifest: dict[str, Any], outputs: Outputs) -> None:
    table = StateTable(outputs["StateTableName"], admin.client("dynamodb"))
    systems.put(manifest, _arn(admin), table)


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
