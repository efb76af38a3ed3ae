"""The `flowvigil` command: parses, calls one room, prints. Does no work of its own.

Each command lives in a module of its own that is imported only when that command runs, which keeps `lint` quick.
"""

from __future__ import annotations

import errno
import importlib
import sys

import click

from .console import Console, Exit

COMMANDS = {
    "init": "write a project of your own",
    "lint": "find what is wrong with the specs",
    "explain": "show which file gave every value of a flow",
    "plan": "show what a stack should hold, without the engine",
    "review": "show what a pull request changes, without the engine",
    "preview": "show what `up` would change",
    "up": "bring the stack to the plan, then verify",
    "down": "remove what the stack made",
    "verify": "read the rules back from the cloud",
    "why": "say who approved an alarm",
    "doctor": "check this machine and this project",
    "export": "write settings of reporters and relay, policies, the schema",
    "run": "run the pretend cloud, the relay, simulated traffic",
    "engine": "find, install, pack or run the Pulumi engine",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"flowvigil.cli.{name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flowvigil")
def group() -> None:
    """Monitors for LLM flows, as code, on Alibaba Cloud."""


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 clean, 1 findings, 2 bad input, 3 missing parts, 4 refused, 130."""
    try:
        result = group.main(arguments, prog_name="flowvigil", standalone_mode=False)
    except Exit as exit_:
        if str(exit_):
            Console().error(str(exit_))
        return exit_.code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        return 130
    except OSError as error:
        if not error.filename and error.errno != errno.ENOSPC:
            raise
        Console().error(f"{error.filename or 'standard output'}: {error.strerror}")
        return 2
    return result if isinstance(result, int) else 0
