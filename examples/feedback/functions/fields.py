"""The fields of a piece of feedback: what is taken in, and what is shown."""

import re

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,63}")
PUBLIC = ("feedbackId", "name", "rating", "message", "sentiment", "createdAt")


def text(value, longest):
    """Tell whether the value is a text that says something and is not too long."""
    return isinstance(value, str) and 0 < len(value.strip()) <= longest


def problems(body):
    """Name what is wrong with each field, never repeating what was sent."""
    found = []
    if not text(body.get("name"), 100):
        found.append("name: a text of 1 to 100 characters is needed")
    if not text(body.get("email"), 254) or not EMAIL.fullmatch(body["email"].strip()):
        found.append("email: an address such as user@example.com is needed")
    if type(body.get("rating")) is not int or not 1 <= body["rating"] <= 5:
        found.append("rating: a whole number from 1 to 5 is needed")
    if not text(body.get("message"), 5000):
        found.append("message: a text of 1 to 5000 characters is needed")
    return found


def stored(body):
    """Give the item's attributes, in DynamoDB's form, of a body without problems."""
    attributes = {name: {"S": body[name].strip()} for name in ("name", "email", "message")}
    return attributes | {"rating": {"N": str(body["rating"])}}
