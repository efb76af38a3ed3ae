"""Repositories with a base and a change, made with the real git."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from flowvigil.cli import run
from tests.repositories import git

from .pull_requests import project, write

STACK = """\
config:
  alicloud:accountId: "1234567890123456"
  alicloud:region: cn-hangzhou
"""


@dataclass
class Repo:
    root: Path

    def git(self, *arguments):
        return git(self.root, *arguments)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message="change"):
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def edit(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.commit()


@pytest.fixture
def repo(tmp_path):
    """On a branch `change` that has left `main`, without a commit of its own yet."""
    made = Repo(write(project(), tmp_path / "repo"))
    made.write("Pulumi.yaml", "name: acme\nruntime: python\n")
    made.write("Pulumi.prod.yaml", STACK)
    made.git("init", "-q", "-b", "main")
    made.commit("base")
    made.git("checkout", "-q", "-b", "change")
    return made


@pytest.fixture
def flowvigil(repo, monkeypatch, capsys):
    """Run the command in the repository: exit code, standard output, standard error."""
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def flowvigil(*arguments):
        code = run(list(arguments))
        return (code, *capsys.readouterr())

    return flowvigil
