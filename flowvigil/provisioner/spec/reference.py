"""The language for editors and readers: the schema of each kind of file, and docs/spec.md generated from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .introduction import INTRODUCTION
from .schema import DEFINITIONS, NONE, SCHEMA, alternative, node

_SHARED = "It takes every key of a flow's file but `flow`, `title`, `extends` and `renamed_from`"
_TITLES = {
    "spec": ("A flow's file", "`monitors/**/NAME.yaml`, one flow each."),
    "profile": ("A profile", f"`monitors/profiles/NAME.yaml`, for `extends: NAME`.\n{_SHARED}."),
    "defaults": ("Defaults", f"`defaults.yaml` in `monitors/` or any folder below.\n{_SHARED}, and these:"),
    "contacts": ("Contacts", "`monitors/contacts.yaml`"),
    "project": ("The project", "`flowvigil.yaml` beside the monitors folder."),
}
ALARMS = (
    "latency_alarm",
    "rate_alarm",
    "slow_streak_alarm",
    "streak_alarm",
    "age_alarm",
    "first_token_alarm",
    "tokens_alarm",
    "named_alarm",
)
_ELSEWHERE = frozenset({"alarms", "environments"})


def schema_text(role: str) -> str:
    """The JSON Schema (draft 2020-12) of one kind of file: spec, profile, defaults, contacts or project."""
    schema = {**SCHEMA, "$ref": f"#/$defs/{role}"}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def reference() -> str:
    """docs/spec.md: an introduction with examples, then every key with meaning, legal values and default."""
    lines = [INTRODUCTION]
    for role, (title, place) in _TITLES.items():
        lines += ["", f"## {title}", "", place]
        lines += ["", *table] if (table := _table(_without_known(role), "")) else []
    lines += ["", "## Alarms", "", "What an alarm may hold depends on its signal.", ""]
    for name in ALARMS:
        lines += _alarm(name)
    return "\n".join(lines) + "\n"


def _without_known(role: str) -> dict[str, Any]:
    """A kind of file without the keys that a flow's file has too; those are explained once."""
    definition = node({"$ref": f"#/$defs/{role}"})
    known = DEFINITIONS["spec"]["properties"] if role in ("profile", "defaults") else {}
    own = {key: one for key, one in definition["properties"].items() if key not in known}
    return {**definition, "properties": own}


def _alarm(name: str) -> list[str]:
    definition = {"$ref": f"#/$defs/{name}"}
    kinds = alternative({"$ref": "#/$defs/alarms"})["properties"]
    names = [f"`{key}`" for key, one in kinds.items() if one == definition] or ["any other name"]
    return [f"### {', '.join(names)}", "", DEFINITIONS[name]["description"], "", *_table(definition, ""), ""]


def _table(definition: dict[str, Any], path: str) -> list[str]:
    rows = list(_rows(definition, path))
    return ["| key | meaning | value | default |", "|---|---|---|---|", *rows] if rows else []


def _rows(definition: dict[str, Any], path: str) -> Iterator[str]:
    inner = alternative(definition)
    for key, one in inner.get("properties", {}).items():
        yield _row(f"{path}{key}", one)
        if key not in _ELSEWHERE:
            yield from _rows(one, f"{path}{key}.")
    if named := inner.get("additionalProperties"):
        yield _row(f"{path}NAME", named)
        yield from _rows(named, f"{path}NAME.")
    for item in _lists(inner):
        yield from _rows(item, f"{path[:-1]}[].")


def _lists(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the list among several alternatives holds, such as a contact group's channels."""
    return (one["items"] for one in definition.get("anyOf", ()) if "items" in one)


def _row(path: str, definition: dict[str, Any]) -> str:
    found = node(definition)
    cells = (f"`{path}`", found.get("description", ""), _legal(found), _default(found))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _legal(definition: dict[str, Any]) -> str:
    inner = alternative(definition)
    if "enum" in inner:
        return ", ".join(f"`{one}`" for one in inner["enum"])
    stated = definition.get("x-right") or inner.get("x-right")
    return str(stated[0]) if stated else "keys"


def _default(definition: dict[str, Any]) -> str:
    stated = definition.get("default")
    if stated is None:
        return "required"
    if isinstance(stated, dict):
        return f"`{json.dumps(stated)}`".replace('"', "")
    return "" if stated == NONE else f"`{stated}`"
