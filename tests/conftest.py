"""Settings of the whole suite."""

import gc

from hypothesis import HealthCheck, settings

# How fast the machine is says nothing about a law.
settings.register_profile(
    "daytwo", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("daytwo")

# Clients and accounts in memory are many objects that live long: Python's own thresholds spend
# half of the suite's time on looking through them.
gc.set_threshold(50_000, 20, 100)


def pytest_collection_finish() -> None:
    """Leave what the tests' modules brought in out of every collection."""
    gc.collect()
    gc.freeze()
