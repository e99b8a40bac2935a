"""What EC2 answers to those who start, stop and end instances: the states as they are."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instances import InstanceState
from moto.ec2.responses.instances import InstanceResponse

from infra.local.account import Account
from infra.local.ec2.lifecycle import CODES
from infra.local.patching import replace

# The state that each call begins, unless the instance is there or on its way already.
BEGINS = {
    "StartingInstances": ("stopped", "pending"),
    "StoppingInstances": ("running", "stopping"),
    "TerminatingInstances": ("", "shutting-down"),
}


def install(account: Account) -> None:
    """Answer with what each instance really went from and to."""

    def start(response: Any) -> ActionResult:
        return _answer(response, "StartingInstances", response.ec2_backend.start_instances)

    def stop(response: Any) -> ActionResult:
        hibernate = bool(response._get_param("Hibernate", False))
        return _answer(
            response,
            "StoppingInstances",
            lambda ids: response.ec2_backend.stop_instances(ids, hibernate=hibernate),
        )

    # moto says pending of what runs already, stopping of what is stopped; it cannot hibernate.
    replace(account, InstanceResponse, "start_instances", start)
    replace(account, InstanceResponse, "stop_instances", stop)


def _answer(response: Any, key: str, act: Callable[[list[str]], Any]) -> ActionResult:
    response.error_on_dryrun()
    changed = act(response._get_param("InstanceIds", []))
    return ActionResult({key: [_change(key, *each) for each in changed]})


def _change(key: str, instance: Any, before: InstanceState) -> dict[str, Any]:
    now = instance._state.name
    settled, begun = BEGINS[key]
    state = begun if before.name == settled else now
    return {
        "InstanceId": instance.id,
        "CurrentState": {"Code": CODES[state], "Name": state},
        "PreviousState": {"Code": before.code, "Name": before.name},
    }
