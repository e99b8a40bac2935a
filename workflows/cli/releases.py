"""`daytwo releases`: publish a release from a directory, and list what is published."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workflows.cli.errors import FAILED, CommandError
from workflows.cli.session import Session, session_options
from workflows.cli.text import clean

if TYPE_CHECKING:
    from workflows.releases import Releases


@click.group()
def releases() -> None:
    """Publish and list releases."""


@releases.command()
@click.argument(
    "directory", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIRECTORY"
)
@session_options
def publish(directory: Path, session: Session) -> None:
    """Publish the release whose release.json lies in DIRECTORY.

    The same content again changes nothing; a published version never takes other content.
    """
    from workflows.packaging import ReleaseRefused, read_release
    from workflows.releases import ReleaseExists

    try:
        release = read_release(directory)
    except ReleaseRefused as refused:
        title = f"{directory} cannot be published; nothing was uploaded."
        raise CommandError(title, details=refused.problems) from None
    try:
        outcome = account_releases(session).publish(release, session.caller)
    except ReleaseExists as exists:
        raise CommandError(
            f"{release.system} {release.version} is published with other content and never "
            "changes. Publish this under another version. What differs:",
            FAILED,
            exists.differences,
        ) from None
    if session.json:
        click.echo(json.dumps(outcome))
    elif outcome["status"] == "unchanged":
        click.echo(
            f"{release.system} {release.version} was published before with this very content: "
            "nothing to do."
        )
    else:
        click.echo(
            f"Published {release.system} {release.version}: {outcome['objects']} objects, "
            f"digest {outcome['digest']}."
        )


@releases.command(name="list")
@click.argument("system", default="", metavar="[SYSTEM]")
@session_options
def list_releases(system: str, session: Session) -> None:
    """List the published releases of SYSTEM, or of all systems, the newest last."""
    rows = account_releases(session).published(system)
    if session.json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        whose = f"The system {clean(system)}" if system else "This account"
        click.echo(f"{whose} has no published release.")
    for row in rows:
        when = row["published_at"] or "not finished: publish it again"
        line = f"{row['system']:<16} {row['version']:<12} {when:<21} {row['digest'][:12]}"
        click.echo(clean(f"{line}  {row['published_by']}"))


def account_releases(session: Session) -> "Releases":
    """Give the releases of the account that the session talks to."""
    from workflows.releases import Releases

    return Releases(
        session.client("s3"),
        session.client("dynamodb"),
        session.output("ArtifactsBucketName"),
        session.output("StateTableName"),
    )
