"""A folder read for judges beyond the language: its monitors, the layers each came from, and where every value stands.

Reads like `problems`, and keeps what was read. Judges nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as File

from ..monitor import ContactGroup
from .contacts import Contacts
from .folder import survey
from .layers import BUILT_IN, origin
from .loading import Loader, View
from .parsing import Desk
from .problem import Path, Problem

__all__ = ["Place", "Reading", "View", "read_folder"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or value stands: `name` within the folder, `file` as messages show it, `path` in the file's tree.

    `exact` says that the file holds the very key that was asked for, not only something above it.
    """

    name: str
    file: str
    line: int
    column: int
    width: int
    path: Path
    exact: bool = True


@dataclass(slots=True)
class Reading:
    """What a folder says. `views` are its monitors without problems, one for each environment that differs."""

    problems: tuple[Problem, ...]
    views: tuple[View, ...]
    contacts: Contacts
    _loader: Loader
    _texts: dict[str, bytes] = field(default_factory=dict)

    @property
    def groups(self) -> Mapping[str, ContactGroup]:
        """Contact groups by name."""
        return self.contacts.groups

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of the language in the folder."""
        folder = self._loader.folder
        others = [one for one in (folder.contacts, folder.project) if one]
        return (*folder.flows, *folder.defaults.values(), *folder.profiles.values(), *others)

    def text(self, name: str) -> bytes:
        """The bytes of one file, empty if it cannot be read; read at most once."""
        if name not in self._texts:
            self._texts[name] = self._loader.folder.read(name) or b""
        return self._texts[name]

    def shown(self, name: str) -> str:
        """The file's path as messages show it."""
        return self._loader.folder.shown(name)

    def in_flow(self, view: View, path: Path, at: str = "value") -> Place:
        """Where a flow's value was given: the topmost layer that says it, else the nearest key above it."""
        layer, found = origin(view.layers, path)
        if layer.file == BUILT_IN:
            layer, found = next(one for one in view.layers if "flow" in one.tree), ("flow",)
        exact = found == path
        return self.at(layer.file, (*layer.below, *found), at if exact else "key", exact=exact)

    def in_contacts(self, path: Path, at: str = "value") -> Place:
        """Where something stands in contacts.yaml."""
        return self.at(self._loader.folder.contacts or "", path, at)

    def at(self, name: str, path: Path, at: str = "value", *, exact: bool = True) -> Place:
        """Where the key or value at a path of one file stands."""
        if path == ("flow",):
            at = "value"
        spot = self._loader.desk.spot(name, path, at)
        return Place(name, self.shown(name), spot.line, spot.column, spot.width, path, exact)

    def keys(self, name: str) -> Iterator[tuple[Path, int]]:
        """Every key of a file with its line."""
        self._loader.desk.spot(name, (), "key")
        for path, spot in self._loader.desk.studies[name].keys.items():
            yield path, spot.line


def read_folder(root: File, only: str = "", environment: str | None = None) -> Reading:
    """Read as `problems` reads, for the same flows and environments."""
    folder = survey(root)
    loader = Loader(folder, Desk(folder), environment, views=[])
    loader.prepare()
    loader.monitors(name for name in folder.flows if name == only or name.startswith(only and f"{only}/"))
    if not only:
        loader.together()
    return Reading(loader.desk.all_problems(), tuple(loader.views or ()), loader.workshop.contacts, loader)
