"""Answers of EC2 written straight as XML, for those that list hundreds of instances.

moto's serialiser looks for each of a shape's members in several spellings on each object: over
two milliseconds an instance. This one takes what is there, named as the API names it.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult

Writer = Callable[[Any], str]


class Rendered(ActionResult):
    """A result of plain dicts and lists; a member that is None is left out."""

    def execute_result(self, context: Any) -> Any:
        """Write the response document of the operation."""
        model = context.operation_model
        members = _writer(model.output_shape)(self.result)
        namespace = context.service_model.metadata["xmlNamespace"]
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{model.name}Response xmlns="{namespace}">'
            f"<requestId>{uuid4()}</requestId>{members}</{model.name}Response>"
        )
        return 200, {"Content-Type": "text/xml"}, body


@cache
def _writer(shape: Any) -> Writer:
    """Make the function that writes values of a shape."""
    if shape.type_name == "structure":
        return _structure(shape)
    if shape.type_name == "list":
        return _list(shape)
    return PLAIN.get(shape.type_name, str)


def _structure(shape: Any) -> Writer:
    tags = {name: member.serialization.get("name", name) for name, member in shape.members.items()}
    members = dict(shape.members)

    def write(value: dict[str, Any]) -> str:
        return "".join(
            f"<{tags[name]}>{_writer(members[name])(each)}</{tags[name]}>"
            for name, each in value.items()
            if each is not None
        )

    return write


def _list(shape: Any) -> Writer:
    tag = shape.member.serialization.get("name", "item")
    write_member = _writer(shape.member)

    def write(values: list[Any]) -> str:
        return "".join(f"<{tag}>{write_member(each)}</{tag}>" for each in values)

    return write


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")


PLAIN: dict[str, Writer] = {
    "boolean": lambda value: "true" if value else "false",
    "string": lambda value: escape(str(value)),
    "timestamp": _moment,
}
