"""Errors in DynamoDB's own words."""

from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException


def error(code: str, message: str) -> DynamodbException:
    """Give an error that the request is answered with."""
    return DynamodbException(ERROR_TYPE_PREFIX + code, message)


def invalid(message: str) -> DynamodbException:
    """Say that a request asks for what cannot be."""
    return error("ValidationException", message)


def table_not_found(name: str) -> DynamodbException:
    """Say that there is no table to restore from, to back up or to protect."""
    return error("TableNotFoundException", f"Table not found: {name}")
