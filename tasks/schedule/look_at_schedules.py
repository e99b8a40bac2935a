"""Look who is not where the schedules want them, and lay out what is to be done about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tasks import stacks
from tasks.errors import ScheduleInvalid, TaskError
from tasks.runtime import client, raising, setting, task
from tasks.schedules import discovery, periods, records
from tasks.schedules.decisions import UNDER_WAY, Decision, decide
from tasks.schedules.groups import Group, groups, places, schedules
from tasks.schedules.records import Known
from tasks.schedules.steps import lay_out

PERMISSIONS = {
    **records.PERMISSIONS,
    "ec2:DescribeInstances": "*",
    "s3:GetObject": "${EvidenceBucket.Arn}/schedules/*",
    "s3:PutObject": "${EvidenceBucket.Arn}/schedules/*",
    "states:DescribeExecution": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
        ":execution:daytwo-ec2-schedule:*"
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 300

MOST_LINES = 20
NOTHING: dict[str, Any] = {"groups": [], "notice": {"count": 0, "words": ""}}
# Where something could not be looked at, the next look is not far.
SOON = timedelta(minutes=5)

Answer = dict[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    return Look(
        execution=request["execution"],
        now=datetime.fromisoformat(request["moment"]),
        forced=request["forced"],
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        client=client,
    ).answer()


@dataclass(frozen=True)
class Look:
    """One look at all schedules, on behalf of an execution (`id`, `name`) at a moment.

    `forced` looks although nothing is due. `client` makes a service's client for a target.
    """

    execution: Mapping[str, str]
    now: datetime
    forced: bool
    table: str
    bucket: str
    client: Any

    def answer(self) -> Answer:
        """Give the groups that something is to be done for, and what is to be told.

        What is answered is kept in S3 before it is written that the look was made: delivered
        again, the same is answered. Raises Unavailable where an edit came in between.
        """
        dynamodb = self.client("dynamodb")
        known = records.read(self.table, dynamodb)
        if known.execution == self.execution["id"]:
            return self._answered_before()
        if not self.forced and known.due and known.due > records.minute(self.now):
            return NOTHING
        available = schedules(known.manifests)
        found, lines = discovery.find(places(known.manifests), self.client)
        decided = self._decided(groups(found, available), known)
        taken = self._taken(decided)
        left = [group for group, _ in decided if group.key not in taken]
        answer = self._answer(decided, taken, lines)
        records.commit(
            known,
            {
                group.key: self._record(group, decision)
                for group, decision in decided
                if group.key in taken and decision.record != known.records.get(group.key)
            },
            self._overrides(known),
            due=self._due(decided, available, bool(left), bool(lines), known),
            goals=self._goals(available, left, known),
            execution=self.execution["id"],
            now=self.now,
            table=self.table,
            dynamodb=dynamodb,
        )
        return answer

    def _decided(self, found: list[Group], known: Known) -> list[tuple[Group, Decision]]:
        decided = []
        for group in found:
            record = known.records.get(group.key)
            if record and record.outcome == UNDER_WAY and self._runs(record.execution):
                decided.append((group, Decision(record=record, due=self.now + SOON)))
                continue
            before = known.goals.get(group.name, "")
            decided.append((group, decide(group, record, before, known.overrides, self.now)))
        return decided

    def _runs(self, execution: str) -> bool:
        with raising(ERRORS, execution):
            stepfunctions = self.client("stepfunctions")
            try:
                reply = stepfunctions.describe_execution(executionArn=execution)
            except stepfunctions.exceptions.ExecutionDoesNotExist:
                return False
        return bool(reply["status"] == "RUNNING")

    def _taken(self, decided: list[tuple[Group, Decision]]) -> set[str]:
        """Take as many groups as one transaction holds; the others have the next tick."""
        ready = sorted(decided, key=lambda pair: not pair[1].acts)
        return {group.key for group, _ in ready[: records.MOST_GROUPS]}

    def _record(self, group: Group, decision: Decision) -> Any:
        if decision.acts:
            return replace(decision.record, execution=self.execution["id"])
        return decision.record

    def _answer(
        self, decided: list[tuple[Group, Decision]], taken: set[str], lines: list[str]
    ) -> Answer:
        folder = f"schedules/{self.execution['name']}"
        acting, told = [], list(lines)
        for group, decision in decided:
            if group.key not in taken:
                continue
            told += decision.lines
            if decision.acts:
                steps, inputs = lay_out(group, decision, self.execution["id"], folder, self.now)
                for key, request in inputs.items():
                    self._put(key, request)
                acting.append(
                    {
                        "key": group.key,
                        "schedule": group.name,
                        "place": group.where,
                        "goal": decision.record.goal,
                        "steps": steps,
                    }
                )
        answer = {"groups": acting, "notice": {"count": len(told), "words": words(told)}}
        if acting or told:
            self._put(f"{folder}/look.json", answer)
        return answer

    def _put(self, key: str, document: Any) -> None:
        with raising(ERRORS, key):
            self.client("s3").put_object(
                Bucket=self.bucket,
                Key=key,
                Body=json.dumps(document).encode(),
                ContentType="application/json",
            )

    def _answered_before(self) -> Answer:
        s3, key = self.client("s3"), f"schedules/{self.execution['name']}/look.json"
        with raising(ERRORS, key):
            try:
                reply = s3.get_object(Bucket=self.bucket, Key=key)
            except s3.exceptions.NoSuchKey:
                return NOTHING
            answer: Answer = json.loads(reply["Body"].read())
        return answer

    def _overrides(self, known: Known) -> list[Any]:
        news = [
            entry for entry in known.overrides.values() if not entry.seen or entry.until <= self.now
        ]
        return news[: records.MOST_OVERRIDES]

    def _goals(self, available: Mapping[str, Any], left: list[Group], known: Known) -> Any:
        waiting = {group.name for group in left}
        goals = dict(known.goals)
        for name, schedule in available.items():
            if name not in waiting:
                try:
                    goals[name] = periods.goal(schedule, self.now)
                except ScheduleInvalid:
                    continue
        return {name: goals[name] for name in available if name in goals}

    def _due(
        self,
        decided: list[tuple[Group, Decision]],
        available: Mapping[str, Any],
        left: bool,
        unseen: bool,
        known: Known,
    ) -> str:
        """Tell the minute of the next look: of a group, or for whoever gets a schedule's tag."""
        if left or len(self._overrides(known)) == records.MOST_OVERRIDES:
            return records.minute(self.now)
        dues = [decision.due for _, decision in decided] + [self.now + SOON] * unseen
        for schedule in available.values():
            try:
                dues.append(periods.next_change(schedule, self.now))
            except ScheduleInvalid:
                continue
        dues += [entry.until for entry in known.overrides.values() if entry.until > self.now]
        return min((records.minute(due) for due in dues if due), default=records.NEVER)


def words(lines: list[str]) -> str:
    """Write what is told as one text, the first twenty lines and how many more."""
    more = [f"and {len(lines) - MOST_LINES} more"] * (len(lines) > MOST_LINES)
    return "\n".join([*lines[:MOST_LINES], *more])
