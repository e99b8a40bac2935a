"""Embedded accounts: one with daytwo's own tables and buckets only, and a whole one."""

import example_fleets
import journeys
import pytest
import rights
from people import here

from infra.local import control


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with rights.embedded_account(tmp_path_factory.mktemp("account")) as admin:
        yield admin


@pytest.fixture(scope="module")
def run(account):
    return rights.runner(account)


@pytest.fixture(scope="module")
def house(account):
    rights.build_house(account)
    return account


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    """The feedback system on a whole account, with 1.0.0 live in dev."""
    folder = tmp_path_factory.mktemp("feedback")
    workdir, systems = folder / "account", (journeys.SYSTEM,)
    with control.running(journeys.CLOCK, workdir, systems=systems) as account:
        with here(account):
            system = journeys.Feedback(account, folder)
            assert system.promote("1.0.0", "dev")["status"] == "SUCCEEDED"
        yield system


@pytest.fixture(scope="module")
def feedback(system):
    """That system, with the command line pointed at its account for the length of a module."""
    with here(system.account):
        yield system


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """The example systems with instances, on a whole account."""
    folder = tmp_path_factory.mktemp("fleets")
    workdir, systems = folder / "account", example_fleets.SYSTEMS
    with control.running(journeys.CLOCK, workdir, systems=systems) as account:
        with here(account):
            made = example_fleets.Fleets(account, folder)
        yield made


@pytest.fixture(scope="module")
def fleets(examples):
    """Those systems, with the command line pointed at their account."""
    with here(examples.account):
        yield examples
