"""A restore drill: states, API calls, and the part of its time that is daytwo's own.

Real tasks run on the real interpreter in this process. Restores take 20 minutes of a clock
that moves only while everybody waits, so that what is left of its seconds are daytwo's waits;
what its tasks take is measured on the wall's clock beside it.
"""

import contextlib
import io
import logging
import sys
import time
from typing import Any

from infra.discovery import ROOT

sys.path.insert(0, str(ROOT / "tests" / "support"))

RESTORE_SECONDS = 1200.0
ITEMS = (1000, 10_000)


def main() -> None:
    """Print a line for each drill."""
    logging.disable(logging.CRITICAL)
    print("drill                      states  API calls  in all   restore  ours     tasks")
    for items in ITEMS:
        _table(items, corrupted=0)
    _table(ITEMS[0], corrupted=3)
    _database()


def _table(items: int, corrupted: int) -> None:
    from drilled_tables import Shop

    with _house() as house:
        shop = Shop(house)
        shop.make(items=items)
        if corrupted:
            from drilled_systems import manifest
            from drilled_tables import ITEMS as COMPONENT

            options = {"data-corruption": {"options": {"corrupt_items": corrupted}}}
            house.register(manifest([COMPONENT], options))
        house.account.weather["dynamodb"].set(restore_seconds=RESTORE_SECONDS)
        title = f"table of {items:,}" + (f", {corrupted} corrupted" if corrupted else "")
        _measured(title, house, "data-corruption", 1 + bool(corrupted))


def _database() -> None:
    from drilled_systems import make_database, manifest

    database = {"name": "db", "type": "rds_instance", "instance": "shop-{environment}-db"}
    with _house() as house:
        make_database()
        house.register(manifest([database], {"data-corruption": {}}))
        house.clock.advance(7200)
        house.account.weather["rds"].set(creating=RESTORE_SECONDS)
        _measured("database", house, "data-corruption", 1)


def _measured(title: str, house: Any, scenario: str, restores: int) -> None:
    before, began, wall = house.api_calls.total(), house.clock.elapsed, time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()):
        result = house.drill("shop", scenario, name="one", timeout=900)
    if result.status != "SUCCEEDED":
        sys.exit(f"{title}: {result.error}: {result.cause}")
    seconds, restore = house.clock.elapsed - began, RESTORE_SECONDS * restores
    calls = house.api_calls.total() - before
    print(
        f"{title:26} {len(result.states):6} {calls:10} {seconds:7.0f} s {restore:6.0f} s "
        f"{seconds - restore:5.0f} s {time.monotonic() - wall:7.1f} s"
    )


@contextlib.contextmanager
def _house() -> Any:
    import drill_house

    drill_house.TASK_SECONDS = 0.0
    with drill_house.drill_house() as house:
        yield house
