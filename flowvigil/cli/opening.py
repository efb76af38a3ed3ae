"""Opens a stack for a command: reads the project, starts the emulator where the stack lives on it, finds the engine.

Turns every expected failure into an exit code and a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from flowvigil.deploy.project import Project, ProjectError, Target, encrypted, find_project, load_target
from flowvigil.provisioner.approval import LockError
from flowvigil.provisioner.plan import PlanError
from flowvigil.provisioner.spec import SpecError
from flowvigil.provisioner.stack import StackError

from .console import BAD_INPUT, FINDINGS, MISSING, REFUSED, Console, Exit, language


def stack_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`-s/--stack`, for every command that needs one; the only stack of a project needs no naming."""
    return click.option("-s", "--stack", "stack", metavar="NAME", help="The stack; needed if there are several.")(
        function
    )


def open_target(stack: str | None) -> Target:
    """The target of a command. Ends it with exit code 2 and all problems if anything cannot be read."""
    try:
        project = find_project(Path.cwd())
        return load_target(project, choose_stack(project, stack))
    except SpecError as error:
        lines = "\n".join(problem.text(language()) for problem in error.problems)
        raise Exit(BAD_INPUT, lines.replace(f"{Path.cwd()}/", "")) from error
    except (ProjectError, StackError, PlanError) as error:
        raise Exit(BAD_INPUT, str(error)) from error


def choose_stack(project: Project, named: str | None) -> str:
    """The stack that was named, or the only one there is."""
    stacks = project.stacks()
    if named:
        return named
    if len(stacks) == 1:
        return stacks[0]
    raise ProjectError(
        f"name a stack with -s; stacks here: {', '.join(stacks) or 'none, make one with flowvigil init'}"
    )


@dataclass(frozen=True, slots=True)
class Open:
    """A target with the cloud that it writes to, and the engine's session unless `account` opened it."""

    target: Target
    session: Any
    cloud: Any


@contextmanager
def account(stack: str | None, console: Console) -> Iterator[Open]:
    """Open a stack's account without a run of the engine, which is only asked for keys that are encrypted."""
    from flowvigil.deploy.cloud import Cloud, CloudError, access_from_config
    from flowvigil.deploy.session import EngineError, Session, session_environment
    from flowvigil.engine import EngineMissing, find

    target = open_target(stack)
    config, pretend = target.project.config(target.stack.name), target.pretend
    try:
        if pretend:
            start_emulator(target.project, pretend, console)
        if any(key.startswith("alicloud:") and encrypted(value) for key, value in config.items()):
            engine = find()
            environment = session_environment(engine, target.project, config)
            config = Session(engine, target.project, target.stack.name, environment).revealed(config)
        yield Open(target, None, Cloud(access_from_config(config)))
    except (EngineMissing, CloudError, EngineError) as error:
        raise Exit(MISSING, str(error)) from error


@contextmanager
def opened(stack: str | None, console: Console) -> Iterator[Open]:
    """Open a stack for work with the engine; ends the command on every expected failure."""
    from flowvigil.deploy.approvals import UnapprovedError
    from flowvigil.deploy.cloud import Cloud, CloudError, access_from_config, key_environment
    from flowvigil.deploy.locks import LockedError
    from flowvigil.deploy.pretend import furnish
    from flowvigil.deploy.session import EngineError, Session, session_environment
    from flowvigil.deploy.steps import RefusedError
    from flowvigil.engine import EngineMissing, find

    target = open_target(stack)
    config, pretend = target.project.config(target.stack.name), target.pretend
    try:
        engine = find()
        if pretend:
            start_emulator(target.project, pretend, console)
        environment = session_environment(engine, target.project, config)
        session = Session(engine, target.project, target.stack.name, environment, aside=console.aside)
        access = access_from_config(session.revealed(config))
        cloud = Cloud(access)
        if access.federated:
            session = replace(session, environment={**session.environment, **key_environment(cloud.keyed())})
        if pretend:
            caller = cloud.caller()
            for added in furnish(target, pretend, caller.access_key, caller.token):
                console.note(f"the pretend cloud has now, as the specs say: {added}")
        yield Open(target, session, cloud)
    except (EngineMissing, CloudError, EngineError, LockedError) as error:
        raise Exit(MISSING, str(error)) from error
    except LockError as error:
        raise Exit(BAD_INPUT, str(error)) from error
    except (RefusedError, UnapprovedError) as error:
        raise Exit(REFUSED, str(error)) from error


@contextmanager
def complete() -> Iterator[None]:
    """What is made of a stack's state and secrets; ends the command if the stack is not up yet or lacks secrets."""
    from flowvigil.deploy.relay_secrets import LackingError
    from flowvigil.deploy.reporter_settings import NotUp

    try:
        yield
    except NotUp as error:
        raise Exit(FINDINGS, str(error)) from error
    except LackingError as error:
        raise Exit(MISSING, str(error)) from error


def start_emulator(project: Project, address: str, console: Console) -> None:
    """Start the emulator that the stack's configuration names, unless it runs already."""
    from flowvigil import emulator

    if emulator.health(address):
        return
    host, _, port = address.rpartition(":")
    if host not in ("127.0.0.1", "localhost"):
        there = f"no pretend cloud answers on {address}"
        raise Exit(MISSING, f"{there}; from here only one on 127.0.0.1 can be started")
    console.note(f"starting the pretend cloud on {address}")
    try:
        emulator.start(int(port), project.local / "emulator")
    except emulator.EmulatorError as error:
        named = "the stack names its pretend cloud in flowvigil:emulator and alicloud:endpoints"
        raise Exit(MISSING, f"{error}\n{named}") from error
