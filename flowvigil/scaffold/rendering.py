"""Answers to files: the text of every file of a new project, by its path. Pure but for reading the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from string import Template
from types import MappingProxyType

from .answers import SITES, Answers, backend_url

FILES = Path(__file__).parent / "project-files"
"""Templates. The program and the policy pack are links to those of the repository, so there is one of each."""

NOTHING: Mapping[str, str] = MappingProxyType({})

IGNORED = (".venv/", "__pycache__/", ".flowvigil/", ".pulumi/", "*.passphrase")

_VERBATIM = (
    "__main__.py",
    "flowvigil.yaml",
    "policies/PulumiPolicy.yaml",
    *(f"policies/{room}.py" for room in ("__main__", "access", "alarms", "keeping", "rules", "wire")),
)
_FILLED = ("Pulumi.yaml", "Pulumi.local.yaml", "monitors/contacts.yaml", "monitors/defaults.yaml")


def render(answers: Answers, found: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """The project's files: text by path relative to its folder. Specs that were `found` replace the example."""
    files = dict(_files(answers))
    if found:
        del files[f"monitors/{answers.flow}.yaml"]
    return dict(sorted((files | dict(found)).items()))


def _files(answers: Answers) -> Iterator[tuple[str, str]]:
    for path in _VERBATIM:
        yield path, _stored(path)
    for path in _FILLED:
        yield path, _filled(path, answers)
    if answers.stack:
        yield f"Pulumi.{answers.stack}.yaml", _filled("Pulumi.stack.yaml", answers)
    yield f"monitors/{answers.flow}.yaml", _filled("monitors/flow.yaml", answers)
    yield ".gitignore", "".join(f"{line}\n" for line in IGNORED)
    yield "requirements.txt", f"flowvigil[provision,local]=={version('flowvigil')}\n"


def _stored(path: str) -> str:
    return (FILES / path).read_text("utf-8")


def _filled(path: str, answers: Answers) -> str:
    return Template(_stored(path)).substitute(
        project=answers.project,
        flow=answers.flow,
        owner=answers.owner,
        robot=answers.robot,
        account=answers.account,
        site=SITES[answers.site],
        region=answers.region,
        port=answers.port,
        virtualenv=f"    virtualenv: {answers.virtualenv}\n" if answers.virtualenv else "",
        backend=f"backend:\n  url: {backend_url(answers)}\n" if answers.backend else "",
    )
