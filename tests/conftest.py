"""Settings of the whole suite."""

from hypothesis import HealthCheck, settings

# How fast the machine is says nothing about a law.
settings.register_profile(
    "daytwo", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("daytwo")
