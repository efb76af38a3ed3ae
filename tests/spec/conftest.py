"""Folders of specs to judge: a whole project in a temporary place, entered so that paths print as people see them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall, assistant-ding], warning: [assistant-ding]}
  model-team: {critical: [oncall]}
groups:
  oncall: {existing: true}
  assistant-ding:
    - {dingtalk: assistant-robot}
    - {dingtalk: assistant-robot-signed, via: relay, at: [zhangsan]}
"""
PROJECT = "project-flowvigil.yaml"


class Project:
    """A project folder whose monitors folder the test fills."""

    def __init__(self, top: Path) -> None:
        self.monitors = Path("monitors")
        self.monitors.mkdir()
        self.write(**{"contacts.yaml": CONTACTS})
        self._top = top

    def write(self, **files: str | bytes) -> Path:
        """Write files below the monitors folder; returns the folder."""
        for name, text in files.items():
            path = self.monitors / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.monitors

    def copy(self, case: Path) -> Path:
        """Put one broken example, a file or a folder, into the monitors folder."""
        if case.is_file():
            shutil.copy(case, self.monitors / case.name)
        else:
            shutil.copytree(case, self.monitors, dirs_exist_ok=True)
        if (self.monitors / PROJECT).exists():
            (self.monitors / PROJECT).rename(self._top / "flowvigil.yaml")
        return self.monitors


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
