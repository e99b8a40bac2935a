"""Event source mappings: streams and queues whose records go to functions in batches.

The rules: Lambda Developer Guide, "Process Amazon DynamoDB records with Lambda" and "Using
Lambda with Amazon SQS".
"""

import json
import logging
import threading
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import StreamShard
from moto.events.models import EventPattern
from moto.sqs.models import Queue, sqs_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.functions.destinations import send_record
from infra.local.functions.invoker import Invoker, Outcome, Request, Throttled
from infra.local.functions.routing import route, split
from infra.local.functions.sources import QueueSource, StreamSource
from infra.local.patching import replace

FIRST_BACKOFF = 1.0
LARGEST_BACKOFF = 60.0
SOURCES: dict[str, type[StreamSource] | type[QueueSource]] = {
    "dynamodb": StreamSource,
    "sqs": QueueSource,
}
log = logging.getLogger(__name__)


class Mapping:
    """Delivers one source to one function, batch after batch, in a thread of its own."""

    def __init__(self, account: Account, invoker: Invoker, settings: Any) -> None:
        self.source = SOURCES[settings.event_source_arn.split(":")[2]](settings)
        self._account = account
        self._invoker = invoker
        self._settings = settings
        self._name, self._qualifier = split(settings.function_arn)
        self._wake = threading.Event()
        self._stopped = threading.Event()
        threading.Thread(target=self._work, name=f"mapping-{self._name}", daemon=True).start()

    def wake(self) -> None:
        """Look at the source: something has come, or the mapping was enabled."""
        self._wake.set()

    def stop(self) -> None:
        """Deliver no more."""
        self._stopped.set()
        self._wake.set()

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self._deliver_all()
            except Exception:
                log.exception("the mapping of %s goes on after an error", self.source.arn)
            self._wake.wait()
            self._wake.clear()

    def _deliver_all(self) -> None:
        self._wake.clear()
        while self._settings.enabled and not self._stopped.is_set():
            taken = self.source.take(self._settings.batch_size)
            if not taken:
                return
            records = [record for record in taken if self._wanted(record)]
            if isinstance(self.source, QueueSource):
                self.source.delete([record for record in taken if record not in records])
            if not records:
                continue
            if isinstance(self.source, StreamSource):
                self._deliver_in_order(records)
            else:
                self._deliver_messages(self.source, records)

    def _wanted(self, record: dict[str, Any]) -> bool:
        """Tell whether a record passes one of the mapping's filters, if it has any.

        Lambda Developer Guide, "Control which events Lambda sends to your function".
        """
        filters = (self._settings.filter_criteria or {}).get("Filters") or []
        seen: Any = self.source.filtered_by(record)
        return not filters or any(
            EventPattern.load(one["Pattern"]).matches_event(seen) for one in filters
        )

    def _deliver_in_order(self, records: list[dict[str, Any]]) -> None:
        """Retry a batch until it is taken, as often as the mapping says; then put it aside."""
        retries = self._settings.max_retry_attempts
        attempt = 0
        while records and not self._stopped.is_set():
            outcome = self._invoke(records)
            remaining = self._not_taken(records, outcome)
            if len(remaining) < len(records):
                attempt = 0
            elif len(remaining) > 1 and self._settings.bisect_on_error:
                half = len(remaining) // 2
                self._deliver_in_order(remaining[:half])
                self._deliver_in_order(remaining[half:])
                return
            records = remaining
            if not records:
                return
            if retries is not None and 0 <= int(retries) <= attempt:
                self._put_aside(records, outcome)
                return
            backoff = min(FIRST_BACKOFF * 2.0**attempt, LARGEST_BACKOFF)
            self._account.clock.wait(backoff, self._stopped)
            attempt += 1

    def _deliver_messages(self, source: QueueSource, records: list[dict[str, Any]]) -> None:
        """Delete what the function has taken; the rest is seen again after its timeout."""
        remaining = self._not_taken(records, self._invoke(records))
        source.delete([record for record in records if record not in remaining])
        if remaining:
            delay = self._account.clock.real_seconds(source.visibility_timeout)
            again = threading.Timer(delay, self._show_again, (source, remaining))
            again.daemon = True
            again.start()

    def _show_again(self, source: QueueSource, records: list[dict[str, Any]]) -> None:
        if not self._stopped.is_set():
            source.show_again(records)
            self.wake()

    def _invoke(self, records: list[dict[str, Any]]) -> Outcome | None:
        payload = json.dumps({"Records": records}).encode()
        request = Request(self._name, payload, self._qualifier, self._settings.region)
        try:
            return self._invoker.invoke(request)
        except Throttled:
            return None

    def _not_taken(
        self, records: list[dict[str, Any]], outcome: Outcome | None
    ) -> list[dict[str, Any]]:
        """Tell which records have to be delivered again."""
        if outcome is None or outcome.failed:
            return records
        if "ReportBatchItemFailures" not in (self._settings.function_response_types or []):
            return []
        answer = json.loads(outcome.payload) or {}
        failures = {item["itemIdentifier"] for item in answer.get("batchItemFailures") or []}
        failed = [record for record in records if self.source.identifier(record) in failures]
        if failed and self.source.keeps_order:
            return records[records.index(failed[0]) :]
        return failed

    def _put_aside(self, records: list[dict[str, Any]], outcome: Outcome | None) -> None:
        """Send the account of a batch that nobody has taken to the mapping's destination."""
        destination = (self._settings.destination_config or {}).get("OnFailure") or {}
        if not destination.get("Destination"):
            return
        way = route(self._name, self._qualifier, self._settings.region)
        sequence = [self.source.identifier(record) for record in records]
        record = {
            "requestContext": {"functionArn": way.arn, "condition": "RetryAttemptsExhausted"},
            "responseContext": {
                "statusCode": 200 if outcome else 429,
                "functionError": "Unhandled" if outcome else None,
            },
            "version": "1.0",
            "timestamp": self._account.clock.now().isoformat(timespec="milliseconds"),
            "DDBStreamBatchInfo": {
                "startSequenceNumber": sequence[0],
                "endSequenceNumber": sequence[-1],
                "batchSize": len(records),
                "streamArn": self.source.arn,
            },
        }
        send_record(self._account, way.function, destination["Destination"], record)


def install(account: Account, invoker: Invoker) -> None:
    """Deliver streams and queues off the writer's thread."""
    running: dict[str, Mapping] = {}

    def created(self: Any, spec: dict[str, Any]) -> Any:
        settings = plain_create(self, spec)
        if settings.event_source_arn.split(":")[2] not in SOURCES:
            return settings
        _unhook(settings)
        _, qualifier = split(spec["FunctionName"])
        if qualifier:
            base = settings.function_arn.rpartition(":")[0]
            settings.function_arn = f"{base}:{qualifier}"
        running[settings.uuid] = Mapping(account, invoker, settings)
        return settings

    def updated(self: Any, uuid: str, spec: dict[str, Any]) -> Any:
        settings = plain_update(self, uuid, spec)
        if uuid in running:
            running[uuid].wake()
        return settings

    def deleted(self: Any, uuid: str) -> Any:
        if uuid in running:
            running.pop(uuid).stop()
        return plain_delete(self, uuid)

    def changed(self: Any, old: Any, new: Any) -> None:
        plain_change(self, old, new)
        _wake(running, f"{self.table.table_arn}/stream/{self.table.latest_stream_label}")

    def sent(self: Any, message: Any) -> None:
        plain_send(self, message)
        _wake(running, self.queue_arn)

    def stop() -> None:
        for mapping in running.values():
            mapping.stop()

    # moto invokes in the writer's request, again with all earlier records, and takes an alias
    # for the version that it named when the mapping was made.
    plain_create = replace(account, LambdaBackend, "create_event_source_mapping", created)
    plain_update = replace(account, LambdaBackend, "update_event_source_mapping", updated)
    plain_delete = replace(account, LambdaBackend, "delete_event_source_mapping", deleted)
    plain_change = replace(account, StreamShard, "add", changed)
    plain_send = replace(account, Queue, "add_message", sent)
    account.on_stop(stop)


def _unhook(settings: Any) -> None:
    """Take a new mapping out of moto's own delivery."""
    holder: Any
    if settings.event_source_arn.split(":")[2] == "sqs":
        name = settings.event_source_arn.rpartition(":")[2]
        holder = sqs_backends[ACCOUNT_ID][settings.region].get_queue(name)
    else:
        name = settings.event_source_arn.split("/")[1]
        holder = dynamodb_backends[ACCOUNT_ID][settings.region].get_table(name)
    del holder.lambda_event_source_mappings[settings.function_arn]


def _wake(running: dict[str, Mapping], arn: str) -> None:
    for mapping in list(running.values()):
        if mapping.source.arn == arn:
            mapping.wake()
