"""Map states with many items."""

from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (  # noqa: E501
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import (  # noqa: E501
    IterationWorker,
)

from infra.local.account import Account
from infra.local.patching import replace

# Developer Guide, "Using Map state in Inline mode": no more iterations than these at once.
MOST_AT_ONCE = 40


def install(account: Account) -> None:
    """Work through any number of items with a bounded number of threads."""

    def iterate(component: Any, env: Any) -> None:
        asked = env.stack[-1]
        allowed = asked.max_concurrency or MOST_AT_ONCE
        asked.max_concurrency = min(allowed, MOST_AT_ONCE, len(asked.input_items))
        plain_iterate(component, env)

    # moto starts a thread per item, or as many as MaxConcurrency says for fewer items.
    plain_iterate = replace(account, InlineIterationComponent, "_eval_body", iterate)
    # moto calls itself for each next item, which Python allows for some hundreds.
    replace(account, IterationWorker, "eval", work)


def work(worker: Any) -> None:
    """Take items one after the other until none is left, or one fails."""
    pool = worker._job_pool
    frame = worker._env.open_frame()
    job = pool.next_job()
    if job is None:
        worker._env.close_frame(frame)
    while job is not None:
        item_frame = frame.open_inner_frame()
        worker._eval_job(env=item_frame, job=job)
        frame.close_frame(item_frame)
        failed = isinstance(job.job_output, Exception) or worker.stopped()
        following = None if failed else pool.next_job()
        if following is None:
            if not failed:
                last = item_frame.event_history_context.last_published_event_id
                frame.event_history_context.source_event_id = last
            # The state goes on with the last item's end: the frame must be closed before it.
            worker._env.close_frame(frame)
        pool.close_job(job)
        job = following
