"""What moto still lacks of load balancers: a test that fails here names a change to take back."""

import pytest
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup
from moto_source import still_says

LACKS = {
    "one port for each instance": (FakeTargetGroup.register, 'self.targets[target["Id"]] = {'),
    "what is not registered cannot leave": (
        FakeTargetGroup.deregister,
        "raise InvalidTargetError()",
    ),
    "nothing drains": (
        ELBv2Backend.describe_target_health,
        "targets = list(target_group.targets.values())",
    ),
    "everything is healthy": (FakeTargetGroup.health_for, 'self.health_check_port, "healthy")'),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)
