"""What every command shares in talking to people: language, colour on terminals only, JSON, exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import click

CLEAN, FINDINGS, BAD_INPUT, MISSING, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 130
_LANG = "flowvigil.lang"


class Exit(Exception):  # noqa: N818 - it ends the command, with or without an error
    """End the command with `code`; the message, if any, goes to standard error."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code


def lang_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--lang`, for every command that says something in both languages; `language` knows what was chosen."""
    option = click.option(
        "--lang",
        type=click.Choice(["zh", "en"]),
        expose_value=False,
        callback=_keep,
        help="Language of what is said in both; by default the locale's.",
    )
    return option(function)


def _keep(context: click.Context, _option: click.Parameter, chosen: str | None) -> None:
    context.meta[_LANG] = chosen


def language() -> str:
    """`zh` or `en`: what the command that runs was asked for, else what the locale says."""
    context = click.get_current_context(silent=True)
    if context and (chosen := context.meta.get(_LANG)):
        return str(chosen)
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def need_a_person() -> None:
    """End the command where it would have to ask and nobody is there to answer."""
    if not sys.stdin.isatty():
        raise Exit(BAD_INPUT, "nobody can be asked here: nothing was done; say --yes")


class Console:
    """Results go to standard output, everything else to standard error; colour only where a person looks.

    `aside` keeps standard output free for one JSON document.
    """

    def __init__(self, *, aside: bool = False) -> None:
        self.aside = aside
        self.colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """A line of the result."""
        (sys.stderr if self.aside else sys.stdout).write(text + "\n")

    def note(self, text: str) -> None:
        """A line about what is going on."""
        sys.stderr.write(self._painted("2", text) + "\n")
        sys.stderr.flush()

    def error(self, text: str) -> None:
        """What went wrong and what would be right."""
        sys.stderr.write(self._painted("31", text) + "\n")

    def json(self, value: Any) -> None:
        """The result for machines: one JSON document, keys in the order given."""
        plain = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
        sys.stdout.write(json.dumps(value, ensure_ascii=plain, indent=2) + "\n")

    def _painted(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text
