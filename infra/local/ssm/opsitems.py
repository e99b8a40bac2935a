"""OpsCenter: OpsItems, opened once for each dedup string, changed and found again."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult

from infra.local.account import Account
from infra.local.iam import principals
from infra.local.ssm import errors
from infra.local.ssm.weather import ERROR
from infra.local.weather import Weather

CALLS = (
    "create_ops_item",
    "delete_ops_item",
    "describe_ops_items",
    "get_ops_item",
    "update_ops_item",
)
# AWS Systems Manager API Reference, the constraints of these calls.
MOST_RESULTS = 50
LONGEST_KEY = 128
LARGEST_VALUE = 20 * 1024
RESERVED = ("amazon", "aws", "amzn", "ssm", "/amazon", "/aws", "/amzn", "/ssm")
OWN_KEYS = ("/aws/resources", "/aws/automations", "/aws/dedup", "/aws/change-calendars")
GIVEN = (
    "ActualEndTime",
    "ActualStartTime",
    "Category",
    "Description",
    "Notifications",
    "OperationalData",
    "OpsItemType",
    "PlannedEndTime",
    "PlannedStartTime",
    "Priority",
    "RelatedOpsItems",
    "Severity",
    "Source",
    "Status",
    "Title",
)
# What a list of OpsItems does not tell.
UNTOLD = ("Description", "Notifications", "RelatedOpsItems", "OpsItemArn", "Version")
CLOSED = ("Closed", "Resolved")

Item = dict[str, Any]
OPERATORS: dict[str, Callable[[Any, str], bool]] = {
    "Equal": lambda value, wanted: str(value) == wanted,
    "Contains": lambda value, wanted: wanted in str(value),
    "GreaterThan": lambda value, wanted: value > datetime.fromisoformat(wanted),
    "LessThan": lambda value, wanted: value < datetime.fromisoformat(wanted),
}


class OpsItems:
    """The OpsItems of an account, by Region."""

    def __init__(self, account: Account, weather: Weather) -> None:
        self._account = account
        self._clock = account.clock
        self._weather = weather

    def answering(self, name: str) -> Callable[[Any], ActionResult]:
        """Give the method of moto's response that answers a call."""
        action = "".join(part.capitalize() for part in name.split("_"))
        answer = getattr(self, name)

        def method(response: Any) -> ActionResult:
            fault = self._weather.fault(ERROR, action=action)
            if fault:
                message = fault.message or f"{fault.code} by the weather"
                raise errors.error(fault.code, message)
            return ActionResult(answer(response))

        return method

    def create_ops_item(self, response: Any) -> Item:
        """Open an OpsItem, unless one with the same dedup string is open."""
        items, asked = _items(response), _asked(response)
        _check_data(asked.get("OperationalData", {}))
        if (mark := _dedup(asked)) and (other := _open_with(items, mark)):
            raise errors.error(
                "OpsItemAlreadyExistsException",
                f"Similar OpsItem already exists: {other['OpsItemId']}",
            )
        backend, now, who = response.ssm_backend, self._clock.now(), self._who(response)
        item_id = f"oi-{secrets.token_hex(6)}"
        arn = f"arn:aws:ssm:{backend.region_name}:{backend.account_id}:opsitem/{item_id}"
        items[item_id] = {
            "Status": "Open",
            "OpsItemType": "/aws/issue",
            **asked,
            "OpsItemId": item_id,
            "OpsItemArn": arn,
            "Version": "1",
            "CreatedBy": who,
            "CreatedTime": now,
            "LastModifiedBy": who,
            "LastModifiedTime": now,
        }
        if tags := response._get_param("Tags"):
            written = {each["Key"]: each["Value"] for each in tags}
            backend.add_tags_to_resource("OpsItem", item_id, written)
        return {"OpsItemId": item_id, "OpsItemArn": arn}

    def get_ops_item(self, response: Any) -> Item:
        """Tell all of an OpsItem."""
        return {"OpsItem": _find(response)}

    def update_ops_item(self, response: Any) -> Item:
        """Change an OpsItem; its data are added to those that it has."""
        item, asked = _find(response), _asked(response)
        _check_data(asked.get("OperationalData", {}))
        data = {**item.get("OperationalData", {}), **asked.pop("OperationalData", {})}
        for key in response._get_param("OperationalDataToDelete", []):
            data.pop(key, None)
        item.update(
            asked,
            OperationalData=data,
            Version=str(int(item["Version"]) + 1),
            LastModifiedBy=self._who(response),
            LastModifiedTime=self._clock.now(),
        )
        return {}

    def delete_ops_item(self, response: Any) -> Item:
        """Delete an OpsItem; one that is not there is no error."""
        _items(response).pop(response._get_param("OpsItemId"), None)
        return {}

    def describe_ops_items(self, response: Any) -> Item:
        """List OpsItems that pass all filters, the newest first, page by page."""
        filters = response._get_param("OpsItemFilters", [])
        found = [
            {name: value for name, value in item.items() if name not in UNTOLD}
            for item in reversed(_items(response).values())
            if all(_passes(item, each) for each in filters)
        ]
        size = int(response._get_param("MaxResults") or MOST_RESULTS)
        begin = int(response._get_param("NextToken") or 0)
        following = str(begin + size) if begin + size < len(found) else None
        return {"OpsItemSummaries": found[begin : begin + size], "NextToken": following}

    def _who(self, response: Any) -> str:
        """Tell the ARN of who calls."""
        caller = principals.find(response.access_key, self._account)
        return caller.arn if caller else f"arn:aws:iam::{response.current_account}:root"


def _items(response: Any) -> dict[str, Item]:
    items: dict[str, Item] = vars(response.ssm_backend).setdefault("_ops_items", {})
    return items


def _find(response: Any) -> Item:
    item_id = response._get_param("OpsItemId")
    item = _items(response).get(item_id)
    if item is None:
        raise errors.error("OpsItemNotFoundException", f"OpsItem {item_id} does not exist.")
    return item


def _asked(response: Any) -> Item:
    given = ((name, response._get_param(name)) for name in GIVEN)
    return {name: value for name, value in given if value is not None}


def _check_data(data: dict[str, Item]) -> None:
    for key, entry in data.items():
        if key.lower().startswith(RESERVED) and key not in OWN_KEYS:
            raise _invalid(f"The operational data key {key} is reserved.")
        if len(key) > LONGEST_KEY or len(str(entry.get("Value", "")).encode()) > LARGEST_VALUE:
            raise _invalid(f"The operational data {key} exceeds the limit.")


def _invalid(message: str) -> Exception:
    return errors.error("OpsItemInvalidParameterException", message)


def _dedup(item: Item) -> str:
    """Give the string by which OpsItems that say the same are known."""
    entry = item.get("OperationalData", {}).get("/aws/dedup")
    return str(json.loads(entry["Value"]).get("dedupString", "")) if entry else ""


def _open_with(items: dict[str, Item], mark: str) -> Item | None:
    found = (each for each in items.values() if each["Status"] not in CLOSED)
    return next((each for each in found if _dedup(each) == mark), None)


def _passes(item: Item, wanted: dict[str, Any]) -> bool:
    """Tell whether an OpsItem has one of a filter's values."""
    key, operator = wanted["Key"], OPERATORS[wanted["Operator"]]
    data = item.get("OperationalData", {})
    values: list[Any] = [item[key]] if key in item else []
    if key == "OperationalDataKey":
        values = list(data)
    elif key == "OperationalDataValue":
        values = [each.get("Value", "") for each in data.values()]
    elif key == "OperationalData":
        # One key and its value, as JSON.
        values = [
            json.dumps({"key": name, "value": each.get("Value", "")}, separators=(",", ":"))
            for name, each in data.items()
        ]
    return any(operator(value, each) for value in values for each in wanted["Values"])
