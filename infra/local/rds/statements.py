"""The RDS Data API: statements run in a database, and give its rows.

On AWS it reaches Aurora clusters; here it reaches DB instances by their ARN as well, because
nothing listens on their endpoints.
"""

import base64
import json
import sqlite3
from typing import Any

from moto.rds.models import rds_backends
from moto.rds.utils import split_arn
from moto.rdsdata.responses import RDSDataServiceResponse

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds import contents
from infra.local.rds.service import AVAILABLE, Service

Value = dict[str, Any]
# Fields of the Data API, and how Python's values are told in them.
FIELDS = ((bool, "booleanValue"), (int, "longValue"), (float, "doubleValue"), (str, "stringValue"))
READABLE = (AVAILABLE, "backing-up", "modifying")


def install(account: Account, service: Service) -> None:
    """Let ExecuteStatement run statements, until the account stops."""

    def execute(response: Any) -> Any:
        with service.lock:
            service.courses.settle()
            return _execute(response, service)

    # moto runs no statement.
    replace(account, RDSDataServiceResponse, "execute_statement", execute)


def _execute(response: Any, service: Service) -> Any:
    thing = _find(response.current_account, response._get_param("resourceArn"))
    if thing is None:
        return _refused("BadRequestException", "Database is not found")
    if thing.resource_type == "cluster" and not thing.enable_http_endpoint:
        return _refused(
            "BadRequestException", f"HttpEndpoint is not enabled for resource {thing.arn}"
        )
    if service.status(thing) not in READABLE:
        return _refused("DatabaseUnavailableException", f"The database is {service.status(thing)}")
    given = response._get_param("parameters") or []
    parameters = {each["name"]: _value(each["value"]) for each in given}
    try:
        rows = contents.of(thing).run(response._get_param("sql"), parameters, service.now())
    except sqlite3.Error as error:
        return _refused("DatabaseErrorException", f"ERROR: {error}")
    told: Value = {"numberOfRecordsUpdated": rows.changed}
    if rows.columns and response._get_param("formatRecordsAs") == "JSON":
        named = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
        told["formattedRecords"] = json.dumps(named)
    elif rows.columns:
        told["records"] = [[_field(each) for each in row] for row in rows.rows]
        if response._get_param("includeResultMetadata"):
            told["columnMetadata"] = [{"name": name, "label": name} for name in rows.columns]
    return json.dumps(told)


def _find(account_id: str, arn: str) -> Any:
    region, _, kind, name = split_arn(arn)
    backend = rds_backends[account_id][region]
    there: Any = {"cluster": backend.clusters, "db": backend.databases}.get(kind, {})
    return there.get(name)


def _value(field: Value) -> Any:
    if field.get("isNull"):
        return None
    if "blobValue" in field:
        return base64.b64decode(field["blobValue"])
    return next(iter(field.values()))


def _field(value: Any) -> Value:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bytes):
        return {"blobValue": base64.b64encode(value).decode()}
    fields = ({name: value} for kind, name in FIELDS if isinstance(value, kind))
    return next(fields, {"stringValue": str(value)})


def _refused(code: str, message: str) -> tuple[int, dict[str, str], str]:
    headers = {"x-amzn-ErrorType": code, "Content-Type": "application/json"}
    return 400, {**headers, "status": "400"}, json.dumps({"message": message})
