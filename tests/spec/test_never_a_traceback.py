"""Whatever bytes or trees stand in the folder: no exception, and every problem has a file and a line."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowvigil.provisioner import spec
from flowvigil.provisioner.spec.reader import Unclean, read
from flowvigil.provisioner.spec.schema import DEFINITIONS, SCHEMA, compiled
from flowvigil.provisioner.spec.study import study

from .conftest import CONTACTS, Project

pytestmark = pytest.mark.engine  # exhaustive: seconds, not milliseconds

EXAMPLES = sorted((Path(__file__).parents[2] / "monitors").rglob("*.yaml"))
ROLES = {"contacts.yaml": "contacts", "defaults.yaml": "defaults"}
SNIPPETS = [b"\n", b": ", b"- ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!int ", b"<<: ", b"\t", b"\xff", b"\x00"]
SNIPPETS += [
    b"none",
    b"5s",
    b"%",
    b"'",
    b'"',
    b"|\n",
    b"---\n",
    b"\xef\xbb\xbf",
    b"# ",
    b"? ",
    b"\xc2\x85",
    b"~",
    b"\r",
]


def mutated(data: bytes, dice: random.Random) -> bytes:
    """One to three cuts, copies, insertions or changed bytes."""
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(data) + 1)
        to = min(len(data), at + dice.randint(0, 12))
        middle = dice.choice([b"", dice.choice(SNIPPETS), bytes([dice.randrange(256)]), data[at:to] * 2])
        data = data[:at] + middle + data[to:]
    return data


def check_all(folder: Path) -> None:
    for problem in spec.problems(folder):
        assert problem.file.startswith("monitors")
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message("en")
        assert problem.message("zh")


def mutate(project: Project, count: int, seed: int) -> None:
    dice = random.Random(seed)
    project.write(**{"other.yaml": "flow: other\nowner: assistant-team\n"})
    for _ in range(count):
        original = dice.choice(EXAMPLES)
        name = original.name if original.name in ROLES else f"{original.parent.name}/{original.name}"
        name = name if original.parent.name == "profiles" else Path(name).name
        project.write(**{name: mutated(original.read_bytes(), dice)})
        check_all(project.monitors)
        (project.monitors / name).unlink()
        project.write(**{"contacts.yaml": CONTACTS})


def test_mutated_bytes_never_end_in_a_traceback(project: Project) -> None:
    mutate(project, 500, seed=1)


@pytest.mark.soak
def test_a_hundred_thousand_mutations_never_end_in_a_traceback(project: Project) -> None:
    mutate(project, 100_000, seed=2)


def keys_of(definition: Any) -> set[str]:
    """Every key that the language knows, anywhere."""
    if isinstance(definition, list):
        return {key for one in definition for key in keys_of(one)}
    if not isinstance(definition, dict):
        return set()
    own = set(definition.get("properties", ()))
    return own.union(*(keys_of(one) for one in definition.values()))


WORDS = ["none", "5s", "8s", "800ms", "30m", "1m", "5m", "5%", "0.5%", "one", "many", "direct", "oncall", "prod", "x"]
WORDS += ["assistant-team", "poem-generator", "Mon-Fri 09:00-20:00", "https://wiki.example.com/x", "^v(.*)$", "cms"]
KEYS = st.sampled_from(sorted(keys_of(DEFINITIONS))) | st.sampled_from(["p95_drift", "staging", "oddity"])
LEAVES = st.sampled_from(WORDS) | st.integers(-1, 1001) | st.booleans() | st.none() | st.just(0.5) | st.text(max_size=3)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@st.composite
def grown(draw: st.DrawFn, definition: dict[str, Any]) -> Any:
    """A tree that mostly follows the schema, so that the deep checks are reached too."""
    if draw(st.integers(0, 11)) == 0:
        return draw(TREES)
    while "$ref" in definition:
        definition = DEFINITIONS[definition["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in definition:
        return draw(grown(draw(st.sampled_from(definition["anyOf"]))))
    if "enum" in definition or "const" in definition:
        return draw(st.sampled_from(definition.get("enum", [definition.get("const")])))
    if definition["type"] == "array":
        return draw(st.lists(grown(definition["items"]), max_size=3))
    if definition["type"] != "object":
        return draw(LEAVES)
    chosen = draw(st.lists(st.sampled_from(sorted(definition.get("properties", {})) or ["x"]), max_size=4, unique=True))
    tree = {key: draw(grown(definition["properties"][key])) for key in chosen if "properties" in definition}
    if definition.get("additionalProperties"):
        tree["p95_drift"] = draw(grown(definition["additionalProperties"]))
    return tree


def agree(role: str, data: st.DataObject) -> None:
    tree = data.draw(grown({"$ref": f"#/$defs/{role}"}))
    validator = jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{role}"})
    assert (compiled(role)(tree) is None) == validator.is_valid(tree), tree


def stay_calm(flow: Any, defaults: Any) -> None:
    with tempfile.TemporaryDirectory() as top:
        (Path(top) / "poem.yaml").write_text(json.dumps(flow))
        (Path(top) / "defaults.yaml").write_text(json.dumps(defaults))
        assert all(problem.line == 1 for problem in spec.problems(Path(top)))


def read_alike(tree: Any) -> None:
    text = json.dumps(tree).encode()
    slow = study(text)
    try:
        assert read(text) == slow.tree
        assert not slow.faults
    except Unclean:
        assert slow.faults


GIVEN = {
    agree: {"role": st.sampled_from(["spec", "defaults", "contacts"]), "data": st.data()},
    stay_calm: {"flow": grown({"$ref": "#/$defs/spec"}), "defaults": grown({"$ref": "#/$defs/defaults"})},
    read_alike: {"tree": TREES},
}


def hold(fact: Callable[..., None], count: int, *, anew: bool = False) -> None:
    """`anew` takes other trees than the last time."""
    settings(max_examples=count, derandomize=not anew)(given(**GIVEN[fact])(fact))()


def test_our_checks_and_json_schema_agree() -> None:
    hold(agree, 150)


def test_no_tree_ends_in_a_traceback() -> None:
    hold(stay_calm, 100)


def test_the_quick_and_the_slow_reading_agree() -> None:
    hold(read_alike, 100)


@pytest.mark.soak
@pytest.mark.parametrize("fact", GIVEN, ids=lambda fact: fact.__name__)
def test_two_thousand_trees_hold_each_fact(fact: Callable[..., None]) -> None:
    hold(fact, 2_000, anew=True)
