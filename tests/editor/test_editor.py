"""Editors see the language as we do: completion, hover and diagnostics of the real yaml-language-server.

Slow (Node, npm the first time), and so in the slow half.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.plan import PlanError, plan
from flowvigil.provisioner.spec.reader import Unclean, read
from flowvigil.provisioner.spec.reference import schema_text
from flowvigil.provisioner.spec.schema import compiled
from flowvigil.provisioner.stack import Stack
from flowvigil.review.lint import Grade, Wish, judge

from .generated import ROOT, trees
from .node import node
from .server import Server, installed

pytestmark = pytest.mark.engine
SCHEMA: dict[str, Any] = json.loads(schema_text("spec"))
STACK = Stack("flowvigil", "local", "1000000000000001", "cn-hangzhou", "local")
BROKEN = sorted((ROOT / "tests/spec/broken").glob("*.yaml"))
FLOW = "flow: poem\nowner: team\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(SCHEMA, tmp_path_factory.mktemp("workspace"))
    yield found
    found.close()


def test_an_editor_completes_the_keys_of_a_flow(server: Server) -> None:
    document = server.opened("keys.yaml", FLOW + "\n")
    found = server.ask("textDocument/completion", {"textDocument": document, "position": {"line": 2, "character": 0}})
    items = found["items"] if isinstance(found, dict) else found
    offered = {item["label"] for item in items}
    assert offered >= set(SCHEMA["$defs"]["spec"]["properties"]) - {"flow", "owner"}


def test_an_editor_completes_the_keys_of_an_alarm(server: Server) -> None:
    document = server.opened("alarm.yaml", FLOW + "alarms:\n  p95:\n    \n")
    found = server.ask("textDocument/completion", {"textDocument": document, "position": {"line": 4, "character": 4}})
    items = found["items"] if isinstance(found, dict) else found
    assert {item["label"] for item in items} >= {"warning", "critical", "min_runs", "for"}


def test_hover_says_what_a_key_means(server: Server) -> None:
    document = server.opened("hover.yaml", FLOW + "traffic: 30/m\n")
    found = server.ask("textDocument/hover", {"textDocument": document, "position": {"line": 2, "character": 2}})
    text = found["contents"]["value"]
    # the server escapes Markdown, so words are compared without its backslashes
    assert "How many runs to expect" in text.replace("\\", "").replace("&nbsp;", " ")


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_spec_is_broken_in_the_editor_where_the_schema_says_so(server: Server, path: Path) -> None:
    try:
        tree = read(path.read_bytes())
    except Unclean:
        return
    if tree is None:  # an empty document has no schema in an editor
        return
    refused = not jsonschema.Draft202012Validator(SCHEMA).is_valid(tree)
    found = server.diagnostics(path.name, path.read_text(encoding="utf-8"))
    assert bool(found) == refused, [one["message"] for one in found]


def test_two_hundred_specs_over_the_protocol(server: Server) -> None:
    made = list(trees(200, seed=5))
    ours = [compiled("spec")(tree) is None for tree in made]
    theirs = [not server.diagnostics(f"g{n}.yaml", json.dumps(tree, indent=1)) for n, tree in enumerate(made)]
    assert [n for n in range(len(made)) if ours[n] != theirs[n]] == []
    assert 40 < sum(ours) < 180


def test_ten_thousand_specs_in_one_process() -> None:
    made = list(trees(10_000, seed=6))
    check, validator = compiled("spec"), jsonschema.Draft202012Validator(SCHEMA)
    ours = [check(tree) is None for tree in made]
    texts = [json.dumps(tree) for tree in made]
    command = [*node(), str(Path(__file__).with_name("validate.cjs")), str(installed())]
    asked = json.dumps({"schema": SCHEMA, "texts": texts})
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    editor = json.loads(done.stdout)
    assert [texts[n] for n in range(len(made)) if ours[n] != editor[n]] == []
    assert [texts[n] for n in range(len(made)) if ours[n] != validator.is_valid(made[n])] == []
    older = jsonschema.Draft7Validator(SCHEMA)  # what editors with an older implementation read it as
    assert [texts[n] for n in range(2_000) if ours[n] != older.is_valid(made[n])] == []
    assert 2_000 < sum(ours) < 9_000


def test_schema_lint_and_plan_agree_on_ten_thousand_specs(tmp_path: Path) -> None:
    for name in ("contacts.yaml", "defaults.yaml"):
        shutil.copy(ROOT / "monitors" / name, tmp_path / name)
    flow, check = tmp_path / "poem.yaml", compiled("spec")
    wish = Wish(date(2026, 11, 26), environment="local")
    verdicts = {True: 0, False: 0}
    for tree in trees(10_000, seed=7):
        flow.write_text(json.dumps(tree), encoding="utf-8")
        legal = all(one.grade is not Grade.ERROR for one in judge(tmp_path, "", wish))
        verdicts[legal] += 1
        assert legal == _planned(tmp_path), tree
        assert check(tree) is None or not legal, tree
    assert min(verdicts.values()) > 1_000


def _planned(folder: Path) -> bool:
    try:
        plan(spec.load(folder, "local"), STACK)
    except (spec.SpecError, PlanError):
        return False
    return True
