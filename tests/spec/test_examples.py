"""The example monitors are legal and together show every key of the language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.spec.reader import read
from flowvigil.provisioner.spec.schema import DEFINITIONS, NONE, compiled, node

ROOT = Path(__file__).parents[2]
MONITORS = ROOT / "monitors"
Key = tuple[str, str]


def role(path: Path) -> str:
    if path.parent.name == "profiles":
        return "profile"
    return {"contacts.yaml": "contacts", "defaults.yaml": "defaults", "flowvigil.yaml": "project"}.get(
        path.name, "spec"
    )


FILES = [*sorted(MONITORS.rglob("*.yaml")), ROOT / "flowvigil.yaml"]


def named(definition: dict[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    """The definition behind references, and the name it goes by."""
    while "$ref" in definition:
        name = definition["$ref"].rsplit("/", 1)[1]
        definition = DEFINITIONS[name]
    return name, definition


def keys_set(definition: dict[str, Any], tree: Any, name: str) -> Iterator[Key]:
    """(where it is defined, key) of all that the tree sets."""
    name, definition = named(definition, name)
    for one in definition.get("anyOf", ()):
        yield from keys_set(one, tree, name)
    for item in tree if isinstance(tree, list) and "items" in definition else ():
        yield from keys_set(definition["items"], item, name)
    for key, value in tree.items() if isinstance(tree, dict) else ():
        inner = definition.get("properties", {}).get(key) or definition.get("additionalProperties")
        if inner:
            yield key_of(definition, inner, name, key)
            yield from keys_set(inner, value, f"{name}.{key}")


def key_of(definition: dict[str, Any], inner: dict[str, Any], name: str, key: str) -> Key:
    if "$ref" in inner:
        return "", inner["$ref"].rsplit("/", 1)[1]
    return name, key if key in definition.get("properties", {}) else "*"


def keys_defined(definition: Any, name: str) -> Iterator[Key]:
    """(where it is defined, key) of all that can be set."""
    _, definition = (name, definition) if "$ref" not in definition else (name, {})
    for one in [*definition.get("anyOf", ()), *([definition["items"]] if "items" in definition else [])]:
        yield from keys_defined(one, name)
    for key, inner in definition.get("properties", {}).items():
        yield key_of(definition, inner, name, key)
        yield from keys_defined(inner, f"{name}.{key}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_follows_the_schema(path: Path) -> None:
    assert compiled(role(path))(read(path.read_bytes())) is None


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_the_examples_have_no_problem(environment: str) -> None:
    assert spec.problems(MONITORS, environment=environment) == ()


def test_every_key_of_the_language_is_set_by_an_example() -> None:
    shown = set()
    for path in FILES:
        shown |= set(keys_set({"$ref": f"#/$defs/{role(path)}"}, read(path.read_bytes()), ""))
    defined = {key for name, one in DEFINITIONS.items() for key in keys_defined(one, name)}
    assert sorted(defined - shown) == []


def test_every_key_has_a_description_and_a_default() -> None:
    for name, definition in DEFINITIONS.items():
        for where, key, one in described(definition, name):
            required = key in ("flow",) or (where.endswith("existing") and key == "existing")
            assert one.get("description"), f"{where}.{key}"
            assert one.get("x-zh"), f"{where}.{key}"
            assert "default" in one or required, f"{where}.{key}"


def described(definition: Any, where: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for key, inner in definition.get("properties", {}).items():
        yield where, key, node(inner)
        yield from described(inner, f"{where}.{key}")
    for one in definition.get("anyOf", ()):
        yield from described(one, where)


def test_defaults_in_the_schema_are_legal_values() -> None:
    stated = {name: one["default"] for name, one in DEFINITIONS.items() if one.get("default", NONE) != NONE}
    assert {name for name, value in stated.items() if compiled(name)(value) is not None} == set()
