"""`daytwo demo`: a good and a bad release go through three environments, on this machine."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasks import store
from workflows.cli import approvals, promote, stories
from workflows.cli.errors import CommandError
from workflows.cli.output import say
from workflows.cli.session import Session
from workflows.cli.text import duration
from workflows.cli.timelines import tell

if TYPE_CHECKING:
    from infra.local.control import LocalAccount

SYSTEM = "feedback"
FIRST, GOOD, BAD = "1.0.0", "1.1.0", "1.2.0"
CLOCK = 100.0
PER_SECOND = 40.0
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 120.0


@click.command()
@click.option("--clock", default=CLOCK, show_default=True, help="How many times faster time runs.")
@click.option("--keep", is_flag=True, help="Leave the embedded account running at the end.")
def demo(clock: float, keep: bool) -> None:
    """Promote a good release to production and catch a bad one, on an embedded account."""
    from infra.local import control, state
    from infra.local.server import Options

    folder = Path(".daytwo") / "demo"
    os.environ[state.DIRECTORY_VARIABLE] = str(folder)
    control.stop(folder.resolve())
    click.secho("An AWS account on this machine, with daytwo and feedback deployed", bold=True)
    started = time.monotonic()
    options = Options(folder.resolve(), port=0, clock=clock, systems=(SYSTEM,))
    try:
        account = control.start(options, lambda line: say(f"  {line}"))
    except control.NotStarted as failure:
        raise CommandError(str(failure)) from None
    try:
        _Story(account).tell()
        say(f"\nAll this took {duration(time.monotonic() - started)}.")
        _where_next(keep)
    finally:
        if not keep:
            control.stop(options.workdir)


class _Story:
    """What the demo does, as alice who promotes and bob who approves."""

    def __init__(self, account: "LocalAccount") -> None:
        self.account = account
        self.alice = Session(local=True, profile="alice")
        self.bob = Session(local=True, profile="bob")
        self.stopped = threading.Event()

    def tell(self) -> None:
        """Promote 1.0.0 and 1.1.0 to prod, then 1.2.0 under traffic until it is caught."""
        with ThreadPoolExecutor() as pool, self._stopping_on_failure():
            _title(f"{FIRST}, the first release: dev, then staging by itself")
            self._to_staging(FIRST)
            _title(f"{FIRST} to prod: bob approves. Meanwhile {GOOD} goes to dev and staging")
            following = pool.submit(self._to_staging, GOOD)
            self._to_prod(FIRST)
            following.result()
            _title(f"{GOOD} to prod. Meanwhile {BAD}, whose tests are green too, goes on")
            following = pool.submit(self._to_staging, BAD)
            self._to_prod(GOOD)
            following.result()
        _title(f"{BAD} to prod, under traffic")
        self._catch_the_bad_one()

    def _to_staging(self, release: str) -> None:
        self._run(release, "dev")
        record = self._until(lambda: self._live("staging", release), f"{release} in staging")
        self._end(record["execution"])

    def _to_prod(self, release: str) -> None:
        execution = self._start(release, "prod")
        self._approve(execution)
        self._end(execution)

    def _catch_the_bad_one(self) -> None:
        with _traffic(self.account) as traffic:
            execution = self._start(BAD, "prod")
            self._approve(execution)
            outcome = self._end(execution, expected="RolledBack")
        live = self.alice.state.get(store.live(SYSTEM, "prod"))
        if live is None or live["release"] != GOOD:
            raise CommandError(f"prod should be back on {GOOD}, but has {live}", 1)
        say(f"  prod is back on {GOOD}, {duration(outcome.seconds)} after it began.")
        self._tell_share(traffic.answers)

    def _tell_share(self, answers: Any) -> None:
        function = f"{SYSTEM}-prod-create-feedback"
        versions = {version for _, version, _ in answers.counts if version}
        described = self.account.client("lambda").get_paginator("list_versions_by_function")
        pages = described.paginate(FunctionName=function)
        bad = [
            entry["Version"]
            for page in pages
            for entry in page["Versions"]
            if BAD in entry.get("Description", "") and entry["Version"] in versions
        ]
        for version in bad:
            answered = answers.total("create-feedback", version)
            errors = answers.total("create-feedback", version, "error")
            say(
                f"  Of {answers.total('create-feedback')} new messages, {BAD} answered {answered} "
                f"({answers.share(version, 'create-feedback'):.1%}) and failed on {errors} of them."
            )

    @contextmanager
    def _stopping_on_failure(self) -> Iterator[None]:
        """End what follows a release in another thread, when the story fails or is interrupted."""
        try:
            yield
        except BaseException:
            self.stopped.set()
            raise

    def _until(self, look: Callable[[], Any], what: str) -> Any:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            if found := look():
                return found
            if self.stopped.wait(POLL_SECONDS):
                raise CommandError(f"stopped while it waited for {what}", 1)
        raise CommandError(f"waited {PATIENCE_SECONDS:.0f} s for {what}", 1)

    def _run(self, release: str, environment: str) -> None:
        self._end(self._start(release, environment))

    def _start(self, release: str, environment: str) -> str:
        request = promote.checked(SYSTEM, release, environment, "the demo", self.alice)
        return promote.start(request, self.alice)

    def _end(self, execution: str, expected: str = "SUCCEEDED") -> stories.Outcome:
        outcome = self._until(lambda: self._outcome(execution), f"the end of {execution}")
        tell(outcome, sys.stdout)
        if outcome.status != expected:
            raise CommandError(f"expected {expected}: {outcome.words}", 1)
        return outcome

    def _outcome(self, execution: str) -> stories.Outcome | None:
        described = self.alice.client("stepfunctions").describe_execution(executionArn=execution)
        if described["status"] == "RUNNING":
            return None
        story = stories.Story(execution, self.alice)
        story.poll()
        return story.outcome(described)

    def _approve(self, execution: str) -> None:
        record = self._until(lambda: self._pending(execution), "the approval to be asked for")
        body = {
            "id": record["sk"],
            "decision": "approve",
            "reason": "read the change set and the gates",
            "digest": record["digest"],
        }
        status, message = approvals.send(body, self.bob)
        if status != 200:
            raise CommandError(f"bob's approval was refused: {message}", 1)

    def _pending(self, execution: str) -> dict[str, Any] | None:
        described = self.alice.client("stepfunctions").describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            raise CommandError(f"{execution} ended unasked: {described.get('cause')}", 1)
        return stories.approval_of(execution, self.bob)

    def _live(self, environment: str, release: str) -> dict[str, Any] | None:
        record = self.alice.state.get(store.live(SYSTEM, environment))
        return record if record and record["release"] == release else None


def _traffic(account: "LocalAccount") -> Any:
    import importlib.util

    path = Path(__file__).parents[2] / "examples" / SYSTEM / "traffic.py"
    spec = importlib.util.spec_from_file_location("feedback_traffic", path)
    if spec is None or spec.loader is None:
        raise CommandError(f"{path} is not there; the demo runs from a clone of daytwo")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    client = account.client("lambda", "admin")
    return module.Traffic(client, f"{SYSTEM}-prod", per_second=PER_SECOND, plain_every=1.1)


def _title(words: str) -> None:
    click.secho(f"\n{words}", bold=True)


def _where_next(keep: bool) -> None:
    say("Where to look next:")
    if keep:
        say(
            "  daytwo status --local         what is live where, with DAYTWO_LOCAL_DIR=.daytwo/demo"
        )
        say("  daytwo local down             ends the account")
    else:
        say("  make local                    the same account, to try the commands on")
    say("  examples/feedback             the system, its releases and their evidence")
    say("  docs/diagrams/promotion.md    the state machine that did this")
    say("  workflows/promotion.py        and how it is written")
