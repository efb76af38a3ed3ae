"""The flows that code names, read and never run."""

import pytest

from flowvigil.telemetry.code import CodeError, coded

SERVICE = """\
import flowvigil
import flowvigil as fv
from flowvigil import flow, observe as watch
from flowvigil.integrations import langchain
from flowvigil.integrations.asgi import FlowMiddleware

ANSWER = "support-answer"


@watch
def poem_writer(): ...


@flowvigil.observe(name="named")
async def other(): ...


@fv.observe()
def empty_brackets(): ...


with flow(ANSWER):
    flowvigil.record("recorded", 12.0)
app.add_middleware(FlowMiddleware, flows={"POST /chat": "routed", "/b": ANSWER})
wrapped = FlowMiddleware(app, {"/c": "wrapped"})
handler = langchain.CallbackHandler("chained")
chain.invoke(1, {"metadata": {"flowvigil_flow": "told"}})
flow(at_run_time())
raise SystemExit("it was run")
"""


def flows(folder):
    return sorted(one.flow for one in coded(folder))


def test_every_way_to_name_a_flow_is_seen(tmp_path):
    (tmp_path / "service.py").write_text(SERVICE)
    assert flows(tmp_path) == [
        "chained",
        "empty-brackets",
        "named",
        "poem-writer",
        "recorded",
        "routed",
        "support-answer",
        "support-answer",
        "told",
        "wrapped",
    ]


def test_it_says_where(tmp_path):
    (tmp_path / "service.py").write_text(SERVICE)
    place = next(one for one in coded(tmp_path) if one.flow == "recorded")
    assert (place.file, place.line) == (str(tmp_path / "service.py"), 23)


@pytest.mark.parametrize(
    "text",
    [
        "from elsewhere import flow\nimport flowvigil\nflow('theirs')",
        "import flowvigil\nother.observe(name='theirs')",
        "observe = print  # flowvigil\nobserve('theirs')",
        "import flowvigil\nflowvigil.flush(2.0)",
    ],
)
def test_what_only_looks_like_ours_is_none(tmp_path, text):
    (tmp_path / "a.py").write_text(text)
    assert flows(tmp_path) == []


def test_environments_and_hidden_folders_are_left_out(tmp_path):
    for name in (".venv", "node_modules", "env/lib"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.py").write_text(SERVICE)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert flows(tmp_path) == []


@pytest.mark.parametrize("text", [b"import flowvigil\ndef (", b"flowvigil\0"])
def test_what_is_no_python_is_named(tmp_path, text):
    (tmp_path / "bad.py").write_bytes(text)
    with pytest.raises(CodeError, match=r"bad\.py: cannot be read as Python"):
        coded(tmp_path)


def test_a_folder_that_is_not_there_is_told_what_would_be_right(tmp_path):
    with pytest.raises(CodeError, match="give a folder with Python files"):
        coded(tmp_path / "none")
