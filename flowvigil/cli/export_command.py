"""`flowvigil export`: what other tools need, as files. Each subcommand prints one, or writes it with `--output`."""

from __future__ import annotations

from pathlib import Path

import click

from .console import CLEAN, Console

_ROLES = ("spec", "defaults", "profile", "contacts", "project")


@click.group("export")
def command() -> None:
    """Write the schema for editors, the reference of the language, reporter settings, policies."""


@command.command("schema")
@click.option("--for", "role", type=click.Choice(_ROLES), default="spec", help="Which kind of file it is for.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
def schema(role: str, output: Path | None) -> int:
    """Print the JSON Schema of the language; editors complete and check specs with it."""
    from flowvigil.provisioner.spec.reference import schema_text

    return _deliver(schema_text(role), output)


@command.command("docs")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
def docs(output: Path | None) -> int:
    """Print the reference of the language as Markdown."""
    from flowvigil.provisioner.spec.reference import reference

    return _deliver(reference(), output)


def _deliver(text: str, output: Path | None) -> int:
    if output is None:
        Console().say(text.rstrip("\n"))
    else:
        output.write_text(text, encoding="utf-8")
        Console().note(f"wrote {output}")
    return CLEAN
