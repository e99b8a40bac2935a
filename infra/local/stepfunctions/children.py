"""Executions that an execution starts: `states:startExecution`, alone and with .sync."""

import threading
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (  # noqa: E501
    StateTaskServiceSfn,
)

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.executions import find
from infra.local.stepfunctions.tasks import wait_for_sync

ABORTED = "The execution that waited for this one was stopped."


def install(account: Account) -> None:
    """Wait for a child's end itself, and stop it with its parent."""

    def started(task: Any, env: Any, **others: Any) -> None:
        plain_start(task, env=env, **others)
        if task.resource.condition is not None:
            env.heap["child"] = env.stack[-1].get("executionArn", "")

    def wait(task: Any, env: Any, sync_resolver: Any, **others: Any) -> Any:
        child = find(env.heap.get("child", ""))
        if child is not None:
            bell = threading.Event()
            with child.ended.waking(bell), env.program_state_event.waking(bell):
                bell.wait()
            if not env.is_running():
                child.abort(None, ABORTED)
        return wait_for_sync(task, env, sync_resolver, **others)

    # moto does not remember which child a task waits for.
    plain_start = replace(account, StateTaskServiceSfn, "_eval_service_task", started)
    # moto polls the child twice a second, and leaves it running when its parent is stopped.
    replace(account, StateTaskServiceSfn, "_eval_sync", wait)
