"""Each component of a drill with its recovery point, or every reason why there is none."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from tasks import components
from tasks.drills import clocks, occupied, points, sheets, sources
from tasks.drills.choices import Choice
from tasks.drills.points import NoPoint, Source
from tasks.errors import DrillRefused
from tasks.runtime import iso, raising

# Chains whose service restores within an account only; the second kind within a Region only.
WITHIN_ACCOUNT = frozenset({"table", "database", "volumes", "image", "function"})
WITHIN_REGION = frozenset({"database", "volumes", "image"})

Values = Mapping[str, Any]
Clients = Callable[..., Any]
Backups = Mapping[str, Sequence[Values]]


class Scene(NamedTuple):
    """Who plays where: the drill, the manifest's choice, the accounts and Regions of both ends."""

    drill: Values
    choice: Choice
    account: str
    region: str
    now: str

    def account_of(self, environment: Values) -> str:
        """Give an environment's account; daytwo's own where it names none."""
        return str(environment["account"] or self.account)

    def region_of(self, environment: Values) -> str:
        """Give an environment's Region; daytwo's own where it names none."""
        return str(environment["region"] or self.region)

    def compromised_at(self) -> str:
        """Give the moment from which data are not to be trusted, empty for none."""
        if self.drill["scenario"] != "security-breach":
            return ""
        hours = self.choice.scenario["options"]["compromised_hours"]
        return iso(clocks.instant(self.now) - timedelta(hours=hours))


class Prepared(NamedTuple):
    """Components as the plan keeps them, and what speaks against the drill."""

    components: list[dict[str, Any]]
    refused: list[str]
    without: list[str]


def check_accounts(scene: Scene, clients: Clients) -> None:
    """Raise DrillRefused unless the roles lead where the manifest says."""
    wrong = []
    for environment in (scene.choice.source, scene.choice.target):
        place = sheets.place(environment)["target"]
        with raising({}, f"environment {environment['name']}"):
            found = clients("sts", place).get_caller_identity()["Account"]
        wanted = scene.account_of(environment)
        if found != wanted:
            wrong.append(
                f"{environment['name']} is account {wanted} by the manifest, and its role leads "
                f"to {found}: correct account or role_arn"
            )
    if wrong:
        raise DrillRefused("; ".join(dict.fromkeys(wrong)))


def prepared(scene: Scene, asked: str, backups: Backups, clients: Clients) -> Prepared:
    """Look each component and its copy's name up; nothing is made or changed.

    `asked` is the recovery point of the request; `backups` has the good ones of each
    component, the newest first.
    """
    found = Prepared([], [], [])
    chains = components.CHAINS[scene.drill["scenario"]]
    for entry in scene.choice.entries:
        chain = chains[entry["type"]]
        made = sheets.component(entry, scene.drill, scene.choice, chain, scene.account)
        refused = list(_refusals(made, scene, clients))
        found.refused.extend(f"{entry['name']}: {reason}" for reason in refused)
        if refused:
            continue
        try:
            found.components.append(_pointed(made, scene, asked, backups, clients))
        except NoPoint as reason:
            found.without.append(f"{entry['name']}: {reason}")
    return found


def _refusals(made: Values, scene: Scene, clients: Clients) -> list[str]:
    if not made["copy"]:
        return []
    source, target = (scene.account_of(one) for one in (scene.choice.source, scene.choice.target))
    if made["chain"] in WITHIN_ACCOUNT and source != target:
        return [
            f"it is in account {source} and would be restored in {target}, which its service "
            "does not do: choose an environment of the same account"
        ]
    place = sheets.place(scene.choice.target)["target"]
    if occupied.taken(
        made["chain"], made["type"], made["copy"], lambda service: clients(service, place)
    ):
        return [f"there is something of the name {made['copy']} already; start the drill again"]
    return []


def _pointed(
    made: dict[str, Any], scene: Scene, asked: str, backups: Backups, clients: Clients
) -> dict[str, Any]:
    """Give the component with its recovery point, as the plan keeps it."""
    place = sheets.place(scene.choice.source)["target"]
    source = sources.read(
        made["chain"],
        made["config"],
        made["resource"],
        backups.get(made["name"], ()),
        lambda service: clients(service, place),
        scene.now,
    )
    source = _reachable(source, made["chain"], scene)
    compromised = scene.compromised_at()
    seed = f"{scene.drill['id']} {made['name']}"
    point = points.choose(asked, source, compromised, seed)
    failure_at = compromised or (scene.now if points.is_latest(asked) else point["at"])
    pointed = {**made, "recovery_point": point}
    return sheets.planned(pointed, source, failure_at, scene.drill["scenario"])


def _reachable(source: Source, chain: str, scene: Scene) -> Source:
    """Leave only what can be restored from in the target's Region: copies of backups there."""
    region = scene.region_of(scene.choice.target)
    if chain not in WITHIN_REGION or region == scene.region_of(scene.choice.source):
        return source
    there = [
        {**backup, "points": copy["points"]}
        for backup in source.backups
        for copy in backup["copies"]
        if copy["region"] == region and copy["points"]
    ]
    return source._replace(
        log="", earliest="", latest="", backups=there, without=f"Its log does not reach {region}"
    )
