"""The spec room: a monitors folder becomes Monitors, or a list of all that is wrong with it.

`load` is what the rest of the corridor calls; `problems` serves `lint`, `explain` shows where values come from.
Knows YAML, files and the language; knows nothing of plans, Pulumi or the cloud's objects.
"""

from __future__ import annotations

from pathlib import Path

from ..monitor import Monitors
from .clear_text import masked
from .explaining import Row, UnknownFlow, explain
from .folder import Scope, scope, survey
from .loading import Loader
from .messages import texts
from .parsing import Desk
from .problem import Problem, SpecError
from .reading import Place, Reading, View, read_folder

__all__ = [
    "Place",
    "Problem",
    "Reading",
    "Row",
    "Scope",
    "SpecError",
    "UnknownFlow",
    "View",
    "explain",
    "load",
    "masked",
    "problems",
    "read_folder",
    "scope",
    "texts",
]


def load(root: Path, environment: str) -> Monitors:
    """All monitors of the folder as one environment sees them.

    Raises SpecError with all problems of all files.
    """
    folder = survey(root)
    loader = Loader(folder, Desk(folder), environment)
    loader.prepare()
    monitors = loader.monitors(folder.flows)
    loader.together()
    found = loader.desk.all_problems()
    if found:
        raise SpecError(found)
    return monitors


def problems(root: Path, only: str = "", environment: str | None = None) -> tuple[Problem, ...]:
    """All problems of the folder in one environment, or in every environment that a file names.

    `only` is a file or sub-folder below `root`: its flows alone are judged, not against flows elsewhere.
    """
    folder = survey(root)
    loader = Loader(folder, Desk(folder), environment)
    loader.prepare()
    loader.monitors(name for name in folder.flows if name == only or name.startswith(only and f"{only}/"))
    if not only:
        loader.together()
    return loader.desk.all_problems()
