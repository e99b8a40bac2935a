"""Taking the digest of a table: its scan segments at the same time, each in rounds."""

from typing import Any

from workflows.asl import Pass, State, Steps, chain
from workflows.recovery.frame import MANY_CALLS_ATTEMPTS, Extra

# A segment goes on from where its function had to stop, so that each round is minutes of work.
ROUND_SECONDS = 1
MOST_ROUND_SECONDS = 400
# How the names of digests read in those of states.
WORDS = {"again": "source once more", "corrupted": "corrupted copy", "second": "second copy"}


def digest(steps: Steps, title: str, name: str, told: Extra, segment: Extra, then: State) -> State:
    """Take a digest under a name, into `$.digests.<name>`, and go on.

    `told` is what planning the digest is told beside its name, `segment` what each segment is
    told beside its number and the digest's own document.
    """
    words = WORDS.get(name, name)
    plan = steps.task(
        f"{title}: Plan the digest of the {words}",
        "integrity.plan_digest",
        {**told, "name": name},
        f"$.digests.{name}",
        MANY_CALLS_ATTEMPTS,
    )
    every = steps.each(
        f"{title}: Take the digest of the {words}",
        f"$.digests.{name}.segments",
        {
            "digest.$": f"$.digests.{name}.digest",
            "segment.$": "$$.Map.Item.Value",
            **segment,
        },
        _segment(title, words, segment),
    )
    return chain(plan, every, then)


def _segment(title: str, words: str, segment: Extra) -> State:
    inner = Steps(None)
    asked: dict[str, Any] = {
        **{key: f"$.{key.removesuffix('.$')}" for key in segment},
        "digest.$": "$.digest",
        "segment.$": "$.segment",
        "now.$": "$$.State.EnteredTime",
    }
    return inner.poll_until(
        f"{title}: is a segment of the {words} read",
        inner.task(
            f"{title}: Read a segment of the {words}",
            "integrity.digest_segment",
            asked,
            "$.read",
            MANY_CALLS_ATTEMPTS,
        ),
        done="$.read.done",
        every_seconds=ROUND_SECONDS,
        budget_seconds=MOST_ROUND_SECONDS,
        then=Pass(f"{title}: the segment of the {words} is read", result={}),
    )
