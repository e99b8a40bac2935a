"""The metrics that functions and Lambda itself put into CloudWatch."""

import json
from datetime import UTC
from typing import Any

from moto.cloudwatch.models import MetricDatumBase, cloudwatch_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.functions.routing import Route
from infra.local.patching import replace


def install(account: Account) -> None:
    """Make CloudWatch's statistics those of one metric."""

    def filtered(
        self: Any,
        namespace: str | None,
        name: str | None,
        dimensions: list[dict[str, str]],
        already_present_metrics: list[Any] | None = None,
    ) -> bool:
        if already_present_metrics is None and dimensions:
            asked = sorted((one["Name"], one["Value"]) for one in dimensions)
            if asked != sorted((one.name, one.value) for one in self.dimensions):
                return False
        return bool(plain(self, namespace, name, dimensions, already_present_metrics))

    # moto's GetMetricStatistics adds up all metrics that have at least the dimensions asked for,
    # which counts an invocation once for its function and again for its alias.
    plain = replace(account, MetricDatumBase, "filter", filtered)


class Metrics:
    """Puts metric values straight into the account's CloudWatch, at the account's time."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def invoked(self, way: Route, *, failed: bool, milliseconds: float) -> None:
        """Count an invocation.

        Dimensions: Lambda Developer Guide, "Viewing metrics for Lambda functions".
        """
        values = {
            "Invocations": (1, "Count"),
            "Errors": (int(failed), "Count"),
            "Throttles": (0, "Count"),
            "Duration": (milliseconds, "Milliseconds"),
        }
        self._lambda(way, values)

    def throttled(self, way: Route) -> None:
        """Count an invocation that was refused."""
        self._lambda(way, {"Throttles": (1, "Count")})

    def embedded(self, lines: list[str], region: str) -> None:
        """Take the metrics out of log lines in the embedded metric format.

        The format: CloudWatch User Guide, "Specification: Embedded metric format".
        """
        for line in lines:
            if '"CloudWatchMetrics"' in line:
                self._embedded(line, region)

    def _lambda(self, way: Route, values: dict[str, tuple[float, str]]) -> None:
        name = {"FunctionName": way.function.function_name}
        resource = {**name, "Resource": way.resource}
        sets = [name, resource]
        if way.via_alias:
            sets.append({**resource, "ExecutedVersion": str(way.function.version)})
        data = [
            self._datum(metric, [value], unit, dimensions)
            for metric, (value, unit) in values.items()
            for dimensions in sets
        ]
        self._put("AWS/Lambda", data, way.function.region)

    def _embedded(self, line: str, region: str) -> None:
        try:
            document = json.loads(line)
            found = [
                (directive["Namespace"], list(self._directed(document, directive)))
                for directive in document["_aws"]["CloudWatchMetrics"]
            ]
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # a log line like any other
        for namespace, data in found:
            self._put(namespace, data, region)

    def _directed(self, document: dict[str, Any], directive: dict[str, Any]) -> Any:
        for metric in directive.get("Metrics", []):
            value = document.get(metric["Name"])
            if value is None:
                continue
            values = [float(one) for one in (value if isinstance(value, list) else [value])]
            for names in directive.get("Dimensions") or [[]]:
                dimensions = {name: str(document[name]) for name in names if name in document}
                yield self._datum(metric["Name"], values, metric.get("Unit", "None"), dimensions)

    def _datum(
        self, name: str, values: list[float], unit: str, dimensions: dict[str, str]
    ) -> dict[str, Any]:
        # The account's time, also for what a function stamped itself: alarms look at the clock.
        return {
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "Timestamp": self._account.clock.now().astimezone(UTC).replace(tzinfo=None),
            "Values": values,
            "Unit": unit,
        }

    @staticmethod
    def _put(namespace: str, data: list[dict[str, Any]], region: str) -> None:
        cloudwatch_backends[ACCOUNT_ID][region].put_metric_data(namespace, data)
