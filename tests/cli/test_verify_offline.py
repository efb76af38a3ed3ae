"""`flowvigil verify --offline`: flows that there are against specs, without engine or account."""

import json

import pytest

from flowvigil.cli import run


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows.json").write_text('[{"name": "Poem", "id": "5b0c7e52"}, {"name": "写诗", "id": "6b0c7e52"}]')
    run(["init", "--from-langflow", "flows.json"])
    capsys.readouterr()
    return tmp_path


def test_what_init_wrote_for_a_langflow_meets_it(project, capsys):
    assert run(["verify", "--offline", "--langflow", "flows.json"]) == 0
    assert "every spec its flow" in capsys.readouterr().out


def test_a_renamed_flow_is_two_findings(project, capsys):
    (project / "flows.json").write_text('[{"name": "Poem"}, {"name": "新诗"}]')
    assert run(["verify", "--offline", "--langflow", "flows.json"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "flow-6b0c7e52: unreported: no flow of LangFlow has the name 写诗; nobody reports this one",
        "新诗: unwatched: a flow of LangFlow without a spec, its runs are unmatched; add to one: "
        'source: {langflow: {name: "新诗"}}',
        "2 findings",
    ]


def test_one_finding_is_one(project, capsys):
    (project / "flows.json").write_text('[{"name": "Poem"}, {"name": "写诗"}, {"name": "新诗"}]')
    assert run(["verify", "--offline", "--langflow", "flows.json"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "1 finding"


def test_findings_are_json_when_asked(project, capsys):
    (project / "app.py").write_text("import flowvigil\nflowvigil.record('new', 1.0)\n")
    assert run(["verify", "--offline", "--code", ".", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["flow"], finding["rule"]) == ("new", "unwatched")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["--offline"], 2),
        (["--offline", "--repair", "--code", "."], 2),
        (["--offline", "--langflow", "none.json"], 2),
        (["--offline", "--code", "none"], 2),
        (["--offline", "--langflow", "http://127.0.0.1:9"], 3),
    ],
)
def test_bad_input_is_a_sentence_and_an_exit_code(project, capsys, given, code):
    assert run(["verify", *given]) == code
    assert len(capsys.readouterr().err.splitlines()) == 1
