"""What Systems Manager answers to calls of Run Command, page by page."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult

from infra.local.ssm import errors
from infra.local.ssm.agents import ONLINE, Agents, instances_of
from infra.local.ssm.commands import Command, Commands
from infra.local.ssm.weather import ERROR
from infra.local.weather import Weather

CALLS = (
    "cancel_command",
    "describe_instance_information",
    "describe_instance_patch_states",
    "get_command_invocation",
    "list_command_invocations",
    "list_commands",
    "send_command",
)
# AWS Systems Manager API Reference, the constraints of these calls.
MOST_IDS = 50
MOST_RESULTS = 50
SHORTEST_TIMEOUT = 30
DEFAULTS = {"TimeoutSeconds": 3600, "MaxConcurrency": "50", "MaxErrors": "0"}
ASKED = ("Comment", "DocumentName", "Parameters", *DEFAULTS)


class Answers:
    """Answers requests from the agents and the commands."""

    def __init__(self, agents: Agents, commands: Commands, weather: Weather) -> None:
        self._agents = agents
        self._commands = commands
        self._weather = weather

    def answering(self, name: str) -> Callable[[Any], ActionResult]:
        """Give the method of moto's response that answers a call."""
        action = "".join(part.capitalize() for part in name.split("_"))
        answer = getattr(self, name)

        def method(response: Any) -> ActionResult:
            ids = response._get_param("InstanceIds", [])
            fault = self._weather.fault(ERROR, action=action, id=ids)
            if fault:
                message = fault.message or f"{fault.code} by the weather"
                raise errors.error(fault.code, message)
            return ActionResult(answer(response))

        return method

    def send_command(self, response: Any) -> dict[str, Any]:
        """Send a command to instances that are online."""
        backend = response.ssm_backend
        asked = {name: response._get_param(name, DEFAULTS.get(name)) for name in ASKED}
        asked = {name: value for name, value in asked.items() if value is not None}
        ids = list(dict.fromkeys(response._get_param("InstanceIds", [])))
        if len(ids) > MOST_IDS:
            raise errors.validation("instanceIds", ids, f"Member must have length <= {MOST_IDS}")
        if asked["TimeoutSeconds"] < SHORTEST_TIMEOUT:
            raise errors.validation(
                "timeoutSeconds", asked["TimeoutSeconds"], f"Member must be >= {SHORTEST_TIMEOUT}"
            )
        _check_document(backend, asked["DocumentName"])
        there = instances_of(backend)
        wrong = [one for one in ids if one not in there or self._agents.ping(there[one]) != ONLINE]
        if wrong or not ids:
            raise errors.not_valid(wrong, backend.account_id)
        command = self._commands.send(backend, asked, [there[one] for one in ids])
        return {"Command": self._commands.told(command)}

    def list_commands(self, response: Any) -> dict[str, Any]:
        """List commands, the newest first."""
        found = [
            command
            for command in reversed(self._asked_for(response))
            if _passes(command, response._get_param("Filters", []))
        ]
        page, following = _page(response, found)
        return {"Commands": [self._commands.told(each) for each in page], "NextToken": following}

    def list_command_invocations(self, response: Any) -> dict[str, Any]:
        """List what became of commands on each instance."""
        wanted = response._get_param("InstanceId")
        found = [
            (command, one)
            for command in reversed(self._asked_for(response))
            if _passes(command, response._get_param("Filters", []))
            for one in command.invocations
            if wanted in (None, one)
        ]
        page, following = _page(response, found)
        details = bool(response._get_param("Details", False))
        told = [self._commands.invocation_told(command, one, details) for command, one in page]
        return {"CommandInvocations": told, "NextToken": following}

    def get_command_invocation(self, response: Any) -> dict[str, Any]:
        """Tell what became of a command on one instance."""
        (command,) = self._asked_for(response)
        one = response._get_param("InstanceId")
        if one not in command.invocations:
            raise errors.error("InvocationDoesNotExist", "")
        told = self._commands.invocation_told(command, one, details=True)
        ended = told["Status"] not in ("Pending", "InProgress")
        return {
            **{key: told[key] for key in ("CommandId", "InstanceId", "Comment", "DocumentName")},
            "Status": told["Status"],
            "StatusDetails": told["StatusDetails"],
            "ResponseCode": (0 if told["Status"] == "Success" else 1) if ended else -1,
            "StandardOutputContent": "",
            "StandardErrorContent": told["CommandPlugins"][0]["Output"],
        }

    def cancel_command(self, response: Any) -> dict[str, Any]:
        """Cancel a command where it has not ended."""
        (command,) = self._asked_for(response)
        ids = response._get_param("InstanceIds", [])
        strange = [one for one in ids if one not in command.invocations]
        if strange:
            raise errors.error("InvalidInstanceId", f"The instance ID '{strange[0]}' is invalid")
        self._commands.cancel(command, ids)
        return {}

    def describe_instance_information(self, response: Any) -> dict[str, Any]:
        """List managed instances."""
        wanted = {each["Key"]: each["Values"] for each in response._get_param("Filters", [])}
        found = [
            (instance, ping)
            for instance, ping in self._agents.known(response.ssm_backend)
            if instance.id in wanted.get("InstanceIds", [instance.id])
            and ping in wanted.get("PingStatus", [ping])
        ]
        page, following = _page(response, found)
        return {
            "InstanceInformationList": [self._agents.told(*each) for each in page],
            "NextToken": following,
        }

    def describe_instance_patch_states(self, response: Any) -> dict[str, Any]:
        """List what patching reported last, of those that were patched."""
        ids = response._get_param("InstanceIds", [])
        if len(ids) > MOST_IDS:
            raise errors.validation("instanceIds", ids, f"Member must have length <= {MOST_IDS}")
        found = [self._commands.patch_state(response.ssm_backend, one) for one in ids]
        page, following = _page(response, [state for state in found if state])
        return {"InstancePatchStates": page, "NextToken": following}

    def _asked_for(self, response: Any) -> list[Command]:
        sent = self._commands.all(response.ssm_backend)
        wanted = response._get_param("CommandId")
        if wanted is None:
            return sent
        found = [command for command in sent if command.id == wanted]
        if not found:
            raise errors.error("InvalidCommandId", "")
        return found


def _check_document(backend: Any, name: str) -> None:
    if not name.startswith("AWS-") and name not in backend._documents:
        raise errors.error("InvalidDocument", f"Document with name {name} does not exist.")


def _passes(command: Command, filters: Iterable[dict[str, str]]) -> bool:
    """Tell whether a command passes all filters that name its document or its time."""
    for each in filters:
        key, value = each["key"], each["value"]
        if key == "DocumentName" and value != command.document:
            return False
        if key == "InvokedAfter" and command.requested < datetime.fromisoformat(value):
            return False
        if key == "InvokedBefore" and command.requested >= datetime.fromisoformat(value):
            return False
    return True


def _page(response: Any, found: list[Any]) -> tuple[list[Any], str | None]:
    """Give the page that is asked for, and the token of the next one."""
    size = int(response._get_param("MaxResults") or MOST_RESULTS)
    if not 1 <= size <= MOST_RESULTS:
        raise errors.validation("maxResults", size, f"Member must be <= {MOST_RESULTS}")
    begin = int(response._get_param("NextToken") or 0)
    following = str(begin + size) if begin + size < len(found) else None
    return found[begin : begin + size], following
