"""The options that what `run` starts has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")

clock_option = click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="Virtual: time stands still until it is moved.",
)


def port_option(usual: int) -> Callable[..., Any]:
    """The port to listen on."""
    return click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=usual,
        show_default=True,
        help="Listen here; 0 picks a free one.",
    )
