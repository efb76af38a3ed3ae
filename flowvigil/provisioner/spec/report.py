"""How the rooms below a file say what is wrong: by the path in the flow's keys, never by file or line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .problem import Path

Send = Callable[[Path, str, str, dict[str, object]], None]


@dataclass(slots=True)
class Report:
    """Takes findings; `count` tells whether anything was said since."""

    send: Send
    count: int = 0

    def __call__(self, path: Path, id_: str, *, at: str = "value", **values: object) -> None:
        """One finding: where, which, and what its sentence needs. `at` is `value` or `key`."""
        self.count += 1
        self.send(path, id_, at, values)
