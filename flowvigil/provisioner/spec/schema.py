"""The language as checks: schema.json compiled to small functions that cost next to nothing on good input.

A check returns None for a legal value, else a list of (path below the value, problem id, values for its message).
Only the part of JSON Schema that schema.json uses is understood; a test holds both against each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

from .problem import Path

Flaw = tuple[Path, str, dict[str, object]]
Check = Callable[[Any], list[Flaw] | None]

SCHEMA: dict[str, Any] = json.loads(File(__file__).with_name("schema.json").read_bytes())
DEFINITIONS: dict[str, Any] = SCHEMA["$defs"]
NONE = "none"
_REMEMBERED = 1024

_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def node(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with its references followed; keys beside a reference win."""
    while "$ref" in definition:
        name = definition["$ref"].rsplit("/", 1)[1]
        definition = {**DEFINITIONS[name], **{key: value for key, value in definition.items() if key != "$ref"}}
    return definition


def alternative(definition: dict[str, Any]) -> dict[str, Any]:
    """The one alternative of an `anyOf` beside `none`; the node itself when there is no choice."""
    found = node(definition)
    others = [one for one in found.get("anyOf", ()) if one != {"const": NONE}]
    return alternative(others[0]) if len(others) == 1 else found


def compiled(name: str) -> Check:
    """The check of one definition, such as `spec`, `defaults` or `contacts`."""
    return _check({"$ref": f"#/$defs/{name}"}, {})


def _check(definition: dict[str, Any], known: dict[str, Check]) -> Check:
    reference = definition.get("$ref") if len(definition) == 1 else None
    if reference is None:
        return _made(node(definition), known)
    if reference not in known:
        known[reference] = _made(node(definition), known)
    return known[reference]


def _made(definition: dict[str, Any], known: dict[str, Check]) -> Check:
    if "anyOf" in definition:
        return _any_of(definition, known)
    if "enum" in definition:
        return _one_of(definition)
    if "const" in definition:
        return _one_of({"enum": [definition["const"]], **definition})
    kind = definition["type"]
    if kind == "object":
        return _object(definition, known)
    return _array(definition, known) if kind == "array" else _scalar(definition)


def wrong(definition: dict[str, Any], value: object) -> list[Flaw]:
    """The flaw of a value that is not what `definition` asks for."""
    english, chinese = definition.get("x-right", ("keys and values", "键和值"))
    values: dict[str, object] = {"value": value, "right": english, "right_zh": chinese}
    if value is None:
        return [((), "empty", values)]
    if "x-problem" in definition and type(value) is not list:
        return [((), definition["x-problem"], values)]
    if "x-unit" in definition and type(value) in (int, float):
        return [((), "no-unit", {**values, "example": f"{value}{definition['x-unit'][-1]}"})]
    if definition.get("type") == "string" and type(value) in (int, float, bool):
        return [((), "not-text", values)]
    return [((), "wrong-value", values)]


def _scalar(definition: dict[str, Any], *, removable: bool = False) -> Check:
    kind = _TYPES[definition["type"]]
    match = re.compile(definition["pattern"] + r"\Z").match if "pattern" in definition else None
    low = definition.get("minLength", definition.get("minimum", 0))
    high = definition.get("maxLength", definition.get("maximum", 10**9))
    sound: set[Any] = {NONE} if removable else set()

    def check(value: Any) -> list[Flaw] | None:
        if type(value) is str and value in sound:
            return None
        if type(value) is not kind or not low <= (len(value) if type(value) is str else value) <= high:
            return wrong(definition, value)
        if match and not match(value):
            return wrong(definition, value)
        if len(sound) < _REMEMBERED:
            sound.add(value)
        return None

    return check


def _one_of(definition: dict[str, Any]) -> Check:
    legal = definition["enum"]

    def check(value: Any) -> list[Flaw] | None:
        if any(value is one or (type(value) is type(one) and value == one) for one in legal):
            return None
        if value is None or type(value) in (dict, list):
            return wrong(definition, value)
        return [((), "not-one-of", {"value": value, "legal": legal})]

    return check


def _any_of(definition: dict[str, Any], known: dict[str, Check]) -> Check:
    parts = [_check(one, known) for one in definition["anyOf"] if one != {"const": NONE}]
    removable = {"const": NONE} in definition["anyOf"]
    if len(parts) == 1:
        inner = alternative(definition)
        if removable and inner.get("type") in ("string", "integer"):
            return _scalar(inner, removable=True)
        only = parts[0]
        return (lambda value: None if value == NONE else only(value)) if removable else only

    def check(value: Any) -> list[Flaw] | None:
        if value == NONE and removable:
            return None
        flaws: list[Flaw] | None = None
        for part in parts:
            flaws = part(value)
            if flaws is None:
                return None
            if type(value) in (dict, list) and flaws[0][0]:
                return flaws
        return wrong(definition, value) if "x-right" in definition else flaws

    return check


def _array(definition: dict[str, Any], known: dict[str, Check]) -> Check:
    low, high = definition.get("minItems", 0), definition.get("maxItems", 1000)
    item = _check(definition["items"], known)

    def check(value: Any) -> list[Flaw] | None:
        if type(value) is not list or not low <= len(value) <= high:
            return wrong(definition, value)
        flaws: list[Flaw] = []
        for index, one in enumerate(value):
            if found := item(one):
                flaws += [((index, *path), id_, values) for path, id_, values in found]
            elif one in value[:index]:
                flaws.append(((index,), "twice", {"value": one}))
        return flaws or None

    return check


def _object(definition: dict[str, Any], known: dict[str, Check]) -> Check:
    properties = {key: _check(one, known) for key, one in definition.get("properties", {}).items()}
    extra = definition.get("additionalProperties")
    rest = _check(extra, known) if extra else None
    names = _scalar({"type": "string", **definition["propertyNames"]}) if "propertyNames" in definition else None
    required = definition.get("required", ())
    low, high = definition.get("minProperties", 0), definition.get("maxProperties", 1000)
    sound: dict[int, dict[str, Any]] = {}  # by identity: files that say the same share values that nobody changes

    def check(value: Any) -> list[Flaw] | None:
        if type(value) is not dict or not low <= len(value) <= high:
            return wrong(definition, value)
        if sound.get(id(value)) is value:
            return None
        flaws: list[Flaw] | None = None
        for key, one in value.items():
            inner = properties.get(key)
            found = _other(key, one, rest, names, properties) if inner is None else inner(one)
            if found:
                flaws = (flaws or []) + [((key, *path), id_, values) for path, id_, values in found]
        for key in required:
            if key not in value:
                flaws = [*(flaws or []), ((), "missing-key", {"key": key})]
        if flaws is None and len(sound) < _REMEMBERED:
            sound[id(value)] = value
        return flaws

    return check


def _other(key: str, value: Any, rest: Check | None, names: Check | None, legal: dict[str, Check]) -> list[Flaw] | None:
    if rest is None:
        return [((), "unknown-key", {"key": key, "legal": sorted(legal)})]
    if names and (flaws := names(key)):
        return [((), "bad-name", flaws[0][2])]
    return rest(value)
