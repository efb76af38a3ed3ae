"""The files of a backend that is a folder: where a stack's locks are, and what a killed engine leaves half-written.

Facts of the layout: pulumi, backend/diy; of the sidecar files: gocloud.dev/blob/fileblob, which writes the content to
a temporary file and renames it, but its sidecar (`.attrs`) in place, so that a kill can leave an empty one. An empty
sidecar makes its file unreadable; a missing one does not.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .project import Project

BACKEND = "PULUMI_BACKEND_URL"
_SCHEME = "file://"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """One stack's part of a state folder."""

    root: Path
    project: str
    stack: str

    def create(self) -> None:
        """Make the folder; the engine wants it to be there."""
        self.root.mkdir(parents=True, exist_ok=True)

    def locks(self) -> list[Path]:
        """The stack's lock files."""
        return sorted(self._locks.glob("*.json"))

    def mend(self) -> None:
        """Remove empty sidecars; harmless while another run is at work."""
        for folder in (self._files, self._files / "stacks" / self.project, self._locks):
            for path in folder.glob("*.attrs"):
                with suppress(FileNotFoundError):
                    if not path.stat().st_size:
                        path.unlink()

    def sweep(self) -> None:
        """Remove states that were never finished; only while no other run is at work."""
        for path in (self._files / "stacks" / self.project).glob(f"{self.stack}.json*.tmp"):
            path.unlink(missing_ok=True)

    @property
    def _files(self) -> Path:
        return self.root / ".pulumi"

    @property
    def _locks(self) -> Path:
        return self._files / "locks" / "organization" / self.project / self.stack


def state_folder(backend: str, project: Project, stack: str) -> StateFolder | None:
    """The stack's part of a backend, such as `file://./state`; None if it is no folder."""
    if not backend.startswith(_SCHEME):
        return None
    path = Path(backend[len(_SCHEME) :].partition("?")[0]).expanduser()
    return StateFolder(project.root / path, project.name, stack)
