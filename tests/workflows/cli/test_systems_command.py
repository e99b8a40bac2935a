"""`daytwo systems`."""

import json
from pathlib import Path

import pytest

from workflows import systems


@pytest.fixture
def manifest(tmp_path):
    """Write a manifest to a file, the shop's with what is changed in it."""

    def write(**changed):
        path = tmp_path / "system.json"
        shop = {"name": "shop", "environments": [{"name": "dev", "stack": "shop-dev"}]}
        path.write_text(json.dumps({**shop, **changed}))
        return str(path)

    return write


def test_a_manifest_is_registered_then_updated(run, daytwo, manifest):
    assert run("systems", "put", manifest()).stdout == "shop is registered.\n"
    assert run("systems", "put", manifest()).stdout == "shop is unchanged.\n"

    result = run("systems", "put", manifest(description="Sells"), "--json")

    answer = json.loads(result.stdout)
    assert answer == {"system": "shop", "outcome": "updated", "schedules": []}
    assert systems.get("shop", daytwo.table)["description"] == "Sells"


def test_the_schedules_of_its_recovery_are_kept_with_it(run, daytwo, manifest):
    nightly = {"backups": {"environments": ["dev"], "exports": "rate(1 day)"}}

    result = run("systems", "put", manifest(recovery=nightly))

    assert result.stdout == "shop is registered.\nSchedule made shop.dev.exports.\n"
    assert run("systems", "put", manifest(recovery=nightly)).stdout == "shop is unchanged.\n"
    assert "Schedule deleted shop.dev.exports." in run("systems", "put", manifest()).stdout


def test_schedules_that_could_not_be_made_are_made_by_the_same_command(run, daytwo, manifest):
    nightly = {"backups": {"environments": ["dev"], "exports": "rate(1 day)"}}
    systems.put(json.loads(Path(manifest(recovery=nightly)).read_text()), "me", daytwo.table)

    result = run("systems", "put", manifest(recovery=nightly))

    assert result.stdout == "shop is unchanged.\nSchedule made shop.dev.exports.\n"


def test_a_wrong_manifest_is_refused_with_every_problem(run, daytwo, manifest):
    path = manifest(colour="red", environments=[{"name": "dev"}])

    result = run("systems", "put", path)

    assert result.exit_code == 2
    assert "colour" in result.stderr
    assert "\n  environments.0: 'stack' is a required property" in result.stderr
    assert systems.get("shop", daytwo.table) is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b" " * 300_000])
def test_a_file_that_is_no_manifest_is_refused(run, tmp_path, content):
    path = tmp_path / "system.json"
    path.write_bytes(content)

    result = run("systems", "validate", str(path))

    assert result.exit_code == 2
    assert str(path) in result.stderr


def test_validate_needs_no_account(run, manifest):
    assert run("systems", "validate", manifest()).exit_code == 0
    filled = json.loads(run("systems", "validate", manifest(), "--json").stdout)
    assert filled["environments"][0]["traffic"]["steps"] == [10, 50, 100]


def test_a_missing_file_is_wrong_input(run, tmp_path):
    assert run("systems", "put", str(tmp_path / "none.json")).exit_code == 2


def test_the_registered_systems_are_listed(run, daytwo):
    assert run("systems", "list").stdout == "Systems: none\n"
    daytwo.register()

    shown = run("systems", "list").stdout
    (entry,) = json.loads(run("systems", "list", "--json").stdout)

    assert "shop" in shown
    assert "dev > prod" in shown
    assert entry["updated_by"] == "somebody"


def test_show_prints_the_manifest_with_its_defaults(run, daytwo):
    daytwo.register()

    assert json.loads(run("systems", "show", "shop").stdout) == systems.get("shop", daytwo.table)


def test_an_unknown_system_is_answered_with_those_that_there_are(run, daytwo):
    assert "None is registered yet" in run("systems", "show", "till").stderr
    daytwo.register()

    result = run("systems", "show", "till")

    assert result.exit_code == 2
    assert "There is no system till. There is shop." in result.stderr
