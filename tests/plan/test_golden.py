"""The plan of every example flow, as reviewed. `make golden` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.showing import as_json, flow_json, tree
from flowvigil.provisioner.stack import Stack

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
STACK = Stack("flowvigil", "local", "1000000000000001", "cn-hangzhou", "local")
EXAMPLES = sorted(path.stem for path in (ROOT / "monitors").rglob("*.yaml"))


@pytest.fixture(scope="module")
def planned():
    return plan(spec.load(ROOT / "monitors", STACK.environment), STACK)


def compare(name, text):
    path = GOLDEN / name
    if os.environ.get("FLOWVIGIL_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if not path.exists():
        pytest.fail(f"{path.relative_to(ROOT)} is missing; write it with: make golden")
    assert path.read_text(encoding="utf-8") == text, "the plan changed; if that is meant: make golden"


def as_text(data):
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def test_golden_flows(planned):
    for flow in planned.slices:
        compare(f"{flow}.json", as_text(flow_json(planned, flow)))


def test_golden_shared(planned):
    compare("shared.json", as_text(as_json(planned)["shared"]))


def test_golden_trees(planned):
    compare("tree.txt", "\n".join(tree(planned)) + "\n")
    compare("tree.zh.txt", "\n".join(tree(planned, "zh")) + "\n")


def test_golden_files_belong_to_examples(planned):
    """A flow that is gone takes its golden file with it."""
    known = {*planned.slices, "shared"}
    assert {path.stem for path in GOLDEN.glob("*.json")} == known
