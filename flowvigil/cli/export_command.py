"""`flowvigil export`: what other tools need, as files. Each subcommand prints one, or writes it with `--output`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .console import CLEAN, Console, lang_option
from .opening import complete, open_target, opened, stack_option

_ROLES = ("spec", "defaults", "profile", "contacts", "project")
_FACTS = "facts"


@click.group("export")
def command() -> None:
    """Write the schema for editors, the reference of the language, settings of reporters and relay, policies."""


@command.command("schema")
@click.option(
    "--for", "role", type=click.Choice((*_ROLES, _FACTS)), default="spec", help="Which kind of file it is for."
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
def schema(role: str, output: Path | None) -> int:
    """Print the JSON Schema of the language; editors complete and check specs with it."""
    from flowvigil.provisioner import facts
    from flowvigil.provisioner.spec.reference import schema_text

    return _deliver(facts.schema_text() if role == _FACTS else schema_text(role), output)


@command.command("docs")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
def docs(output: Path | None) -> int:
    """Print the reference of the language as Markdown."""
    from flowvigil.provisioner.spec.reference import reference

    return _deliver(reference(), output)


@command.command("checks")
@click.option("--output", "-o", type=click.Path(path_type=Path), default=Path("docs/checks"), help="The folder.")
def checks(output: Path) -> int:
    """Write a page for each check of lint."""
    from flowvigil.review.lint.pages import pages

    output.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (output / name).write_text(text, encoding="utf-8")
    Console().note(f"wrote {output}")
    return CLEAN


@command.command("reporter")
@stack_option
@lang_option
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
def reporter(stack: str | None, output: Path | None) -> int:
    """Print the settings file of the reporters of a stack that is up, for FLOWVIGIL_SETTINGS."""
    from flowvigil.deploy.reporter_settings import outdated, reporter_settings
    from flowvigil.reporter.contract import settings_to_json

    console = Console()
    with opened(stack, console) as open_, complete():
        open_.session.prepare()
        state = open_.session.state()
        settings = reporter_settings(open_.target.plan, state, open_.target.project.config(open_.session.stack))
        if outdated(settings, state):
            console.note(f"the specs have changed since the last `up`; run: flowvigil up -s {open_.session.stack}")
        return _deliver(json.dumps(settings_to_json(settings), ensure_ascii=False, indent=2) + "\n", output)


@command.command("relay")
@stack_option
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the messages.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
@click.option(
    "--secrets", "secrets_file", type=click.Path(path_type=Path), help="Also write the secrets, for --secrets."
)
def relay(stack: str | None, lang: str, output: Path | None, secrets_file: Path | None) -> int:
    """Print the settings of a stack's relay; they name secrets and hold none.

    With --secrets the stack's own secrets go into a file that only you can read, for `flowvigil run relay --secrets`.
    """
    from flowvigil.deploy.relay_secrets import relay_secrets, write_secrets
    from flowvigil.deploy.relay_settings import relay_settings
    from flowvigil.relay.settings import to_json

    target = open_target(stack)
    config = target.project.config(target.stack.name)
    with complete():
        settings = relay_settings(target, config, lang, lambda: _state(stack))
    if not settings.robots and not any(flow.hooks for flow in settings.flows):
        Console().note("no channel says via: relay and no flow has on_alarm: this relay would have nothing to do")
    if secrets_file:
        with opened(stack, Console()) as open_, complete():
            open_.session.prepare()
            write_secrets(secrets_file, relay_secrets(open_.session, settings, config))
        Console().note(f"wrote {secrets_file}")
    return _deliver(json.dumps(to_json(settings), ensure_ascii=False, indent=2) + "\n", output)


def _state(stack: str | None) -> dict[str, Any]:
    with opened(stack, Console()) as open_:
        deployment: dict[str, Any] = open_.session.prepare()["deployment"]
        return deployment


@command.command("policies")
@stack_option
@lang_option
@click.option("--for", "who", type=click.Choice(["reporter", "provisioner", "reader", "relay"]), help="Only this one.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write here instead of printing.")
def policies(stack: str | None, who: str | None, output: Path | None) -> int:
    """Print the least RAM policies that a stack needs, before anything is deployed."""
    from flowvigil.provisioner.ram import documents

    target = open_target(stack)
    found = documents(target.stack, [one.logs for one in target.monitors.monitors if one.logs])
    value = json.loads(found[who]) if who else {name: json.loads(text) for name, text in found.items()}
    return _deliver(json.dumps(value, indent=2) + "\n", output)


def _deliver(text: str, output: Path | None) -> int:
    if output is None:
        Console().say(text.rstrip("\n"))
    else:
        output.write_text(text, encoding="utf-8")
        Console().note(f"wrote {output}")
    return CLEAN
