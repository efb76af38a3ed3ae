"""docs/spec.md and the exported schemas say what the language is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from flowvigil.cli import export_command
from flowvigil.provisioner import spec
from flowvigil.provisioner.spec.reader import read
from flowvigil.provisioner.spec.reference import reference, schema_text
from flowvigil.provisioner.spec.schema import DEFINITIONS

from .conftest import Project

ROOT = Path(__file__).parents[2]


def test_golden_reference_is_what_the_schema_says() -> None:
    written = (ROOT / "docs/spec.md").read_text(encoding="utf-8")
    assert written == reference(), "write it with: flowvigil export docs -o docs/spec.md"


def test_every_key_of_a_flow_stands_in_the_reference() -> None:
    text = reference()
    assert [key for key in DEFINITIONS["spec"]["properties"] if f"| `{key}` |" not in text] == []


def test_the_six_lines_of_the_reference_are_a_whole_project(project: Project) -> None:
    flow, contacts = re.findall(r"```yaml\n(.*?)```", reference(), re.DOTALL)[:2]
    project.write(**{"poem.yaml": flow, "contacts.yaml": contacts})
    assert spec.problems(project.monitors) == ()


@pytest.mark.parametrize("role", ["spec", "defaults", "profile", "contacts", "project"])
def test_an_exported_schema_stands_alone(role: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(role)))


def test_an_editor_sees_an_unknown_key() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text("spec")))
    (error,) = validator.iter_errors(read(b"flow: poem\nownr: x\n"))
    assert "ownr" in error.message


def test_export_schema_writes_the_file(tmp_path: Path) -> None:
    target = tmp_path / "contacts.schema.json"
    CliRunner().invoke(
        export_command.command, ["schema", "--for", "contacts", "-o", str(target)], standalone_mode=False
    )
    assert json.loads(target.read_text())["$ref"] == "#/$defs/contacts"
