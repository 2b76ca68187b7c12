"""Formulas of insights: arithmetic over query results, evaluated without running any code."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from vapi_mcp.sandbox.requests.refusals import bad_request

MAX_POWER = 64
MAX_MAGNITUDE = 1e15

_REFERENCE = re.compile(
    r"\{\{\s*(?:\[\s*(?:'([^']*)'|\"([^\"]*)\"|([^\]'\"]*))\s*\]|([^{}\[\]]+?))\s*\}\}"
)
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": math.fabs,
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}


def names_in(formula: str) -> list[str]:
    """Return the query names that a formula refers to, in its order."""
    return [_name(match) for match in _REFERENCE.finditer(formula)]


def check_formula(formula: str, known: frozenset[str]) -> None:
    """Refuse with 400 a formula that cannot be read or names no query, or an unknown one."""
    names = names_in(formula)
    if not names:
        raise bad_request(f"Formula {formula!r} Must Contain At Least One Query Name.")
    for name in names:
        if name not in known:
            raise bad_request(f"Formula {formula!r} Names The Unknown Query {name!r}.")
    evaluate(formula, dict.fromkeys(names, 1.0))


def evaluate(formula: str, values: Mapping[str, float | None]) -> float | None:
    """Return the value of a formula; None where a query has none or a division is by zero.

    Raises:
        Refusal: 400 for what is not plain arithmetic.
    """
    names = names_in(formula)
    if any(values.get(name) is None for name in names):
        return None
    numbers = iter([float(values[name] or 0) for name in names])
    text = _REFERENCE.sub(lambda _: f"({next(numbers)!r})", formula).replace("^", "**")
    try:
        result = _value(ast.parse(text.strip(), mode="eval").body)
    except ZeroDivisionError:
        return None
    except (SyntaxError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        raise bad_request(f"Formula {formula!r} Is Not Valid Arithmetic.") from None
    return round(result, 6) if math.isfinite(result) else None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return float(_FUNCTIONS[name](*map(_value, args)))
        case _:
            raise ValueError("not arithmetic")


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > MAX_POWER or abs(base) > MAX_MAGNITUDE:
        raise OverflowError("too large")
    return math.pow(base, exponent)


def _name(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None).strip()
