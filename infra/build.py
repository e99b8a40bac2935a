"""Build what is deployed: the template, the state machines, the functions' zips and the layer."""

import argparse
import json
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import discovery, packages, settings, template
from infra.discovery import ROOT
from infra.template.definitions import stored
from infra.template.permissions import TooBroad

BUILD = ROOT / "build"
EXPECTED = (
    settings.InvalidConfig,
    discovery.DefinitionError,
    TooBroad,
    packages.PackagingFailed,
)
ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}


@dataclass(frozen=True)
class Built:
    """The files of one build: a zip for each family of tasks, a definition for each workflow."""

    template: Path
    functions: dict[str, Path]
    layer: Path
    workflows: dict[str, Path]

    def sizes(self) -> str:
        """Say in one line per file how large it is."""
        definitions = self.workflows.values()
        files = [self.template, *self.functions.values(), self.layer, *definitions]
        return "\n".join(
            f"{path.stat().st_size / 1024:8.1f} KiB  {path.relative_to(path.parents[1])}"
            if path in definitions
            else f"{path.stat().st_size / 1024:8.1f} KiB  {path.name}"
            for path in files
        )


def build(environment: str = "dev", arch: str = "", out: Path = BUILD) -> Built:
    """Build for an environment of infra/config.

    `arch` overrides the configured architecture; `local` is this machine and interpreter.
    """
    config = settings.load(environment)
    arch = arch or config["architecture"]
    config["architecture"] = ARCHITECTURES[platform.machine()] if arch == "local" else arch
    rendered, definitions = render(config)
    workflows = {
        name: _write(out / "workflows" / f"{name}.json", definition)
        for name, definition in definitions.items()
    }
    return Built(
        template=_write_template(out / "template.json", rendered),
        functions={
            family: packages.functions_zip(out / f"functions-{family}.zip", family)
            for family in sorted({task.family for task in discovery.tasks()})
        },
        layer=packages.layer_zip(out / f"layer-{arch}.zip", arch, config["runtime"]),
        workflows=workflows,
    )


def render(config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Render the template, and what it reads from S3: the definition of each workflow."""
    workflows = discovery.workflows()
    rendered = template.render(discovery.tasks(), workflows, config)
    return rendered, {workflow.name: stored(workflow) for workflow in workflows}


def main(arguments: list[str]) -> int:
    """Run the command line; give its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.build", description=__doc__)
    parser.add_argument("--arch", default="", choices=["arm64", "x86_64", "local"])
    parser.add_argument("--env", default="dev", choices=settings.environments())
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    chosen = parser.parse_args(arguments)
    try:
        built = build(chosen.env, chosen.arch)
    except EXPECTED as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not chosen.quiet:
        sys.stdout.write(built.sizes() + "\n")
    return 0


def _write(path: Path, document: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


def _write_template(path: Path, template: dict[str, Any]) -> Path:
    """Write a line for each resource: it can be searched, and indented it would be too large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sections = [f"{json.dumps(name)}:{_section(part)}" for name, part in template.items()]
    path.write_text("{" + ",\n".join(sections) + "}\n")
    return path


def _section(part: Any) -> str:
    if not isinstance(part, dict):
        return json.dumps(part)
    lines = [
        f"{json.dumps(name)}:{json.dumps(entry, separators=(',', ':'))}"
        for name, entry in part.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
