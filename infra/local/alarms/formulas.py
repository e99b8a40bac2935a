"""Metric math, and the rules of composite alarms."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Number = float | None

_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class UnknownFormula(ValueError):
    """Raised for an expression with something that the embedded account does not compute."""


def value_of(expression: str, values: Mapping[str, Number]) -> Number:
    """Compute an expression for one period; None where a metric it needs has no value.

    Knows numbers, the ids in `values`, `+ - * / ^`, comparisons, AND, OR, and the functions
    IF, FILL, ABS, CEIL, FLOOR, and SUM, AVG, MIN, MAX over lists.
    """
    text = re.sub(r"\bAND\b|&&", " and ", expression.replace("^", "**"))
    text = re.sub(r"\bOR\b|\|\|", " or ", text)
    try:
        found = _number(ast.parse(text.strip(), mode="eval").body, values)
    except ZeroDivisionError:
        return None
    except (SyntaxError, KeyError, TypeError) as error:
        raise UnknownFormula(f"{expression}: {error}") from error
    return None if found is None else float(found)


def _number(node: ast.AST, values: Mapping[str, Number]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _apply(lambda value: -value, [_number(node.operand, values)])
    if isinstance(node, ast.BinOp):
        sides = [_number(node.left, values), _number(node.right, values)]
        return _apply(_OPERATORS[type(node.op)], sides)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides = [_number(node.left, values), _number(node.comparators[0], values)]
        return _apply(_OPERATORS[type(node.ops[0])], sides)
    if isinstance(node, ast.BoolOp):
        sides = [_number(value, values) for value in node.values]
        combine = all if isinstance(node.op, ast.And) else any
        return _apply(lambda *found: combine(found), sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node.args, values)
    raise UnknownFormula(f"{ast.unparse(node)} is nothing that the embedded account computes")


def _apply(function: Callable[..., Any], values: list[Any]) -> Any:
    return None if any(value is None for value in values) else function(*values)


def _call(name: str, nodes: list[ast.expr], values: Mapping[str, Number]) -> Any:
    if name in ("SUM", "AVG", "MIN", "MAX"):
        parts = nodes[0].elts if len(nodes) == 1 and isinstance(nodes[0], ast.List) else nodes
        real = [found for part in parts if (found := _number(part, values)) is not None]
        if not real:
            return None
        if name == "AVG":
            return sum(real) / len(real)
        return sum(real) if name == "SUM" else (min(real) if name == "MIN" else max(real))
    found = [_number(node, values) for node in nodes]
    if name == "FILL":
        return found[1] if found[0] is None else found[0]
    if name == "IF":
        chosen = found[1] if found[0] else [*found, None][2]
        return None if found[0] is None else chosen
    simple: dict[str, Callable[[float], float]] = {
        "ABS": abs,
        "CEIL": lambda value: float(-(-value // 1)),
        "FLOOR": lambda value: float(value // 1),
    }
    if name not in simple:
        raise UnknownFormula(f"{name}() is no function that the embedded account computes")
    return _apply(simple[name], found)


def holds(rule: str, states: Mapping[str, str]) -> bool:
    """Tell whether a composite alarm's rule holds: `ALARM(a) AND NOT OK("b")`."""

    def told(match: re.Match[str]) -> str:
        name = match[2].strip().strip("\"'").split(":alarm:")[-1]
        return str(states.get(name) == match[1])

    text = re.sub(r"\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(([^)]*)\)", told, rule)
    for word, python in (("AND", "and"), ("OR", "or"), ("NOT", "not")):
        text = re.sub(rf"\b{word}\b", python, text)
    text = re.sub(r"\bTRUE\b", "True", re.sub(r"\bFALSE\b", "False", text))
    return _truth(ast.parse(text.strip(), mode="eval").body)


def _truth(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _truth(node.operand)
    if isinstance(node, ast.BoolOp):
        combine = all if isinstance(node.op, ast.And) else any
        return combine(_truth(value) for value in node.values)
    raise UnknownFormula(f"{ast.unparse(node)} is no part of an alarm rule")
