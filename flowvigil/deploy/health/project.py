"""One stack of a project: its configuration, specs, secrets, passphrase and the place of its state."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from flowvigil.engine import EngineMissing, find
from flowvigil.provisioner.objects import SECRETS
from flowvigil.provisioner.plan import PlanError
from flowvigil.provisioner.spec import SpecError
from flowvigil.provisioner.stack import StackError

from ..project import Project, ProjectError, Target, load_stack, load_target
from ..session import EngineError, Session, session_environment
from ..state_folder import BACKEND
from ..steps import missing_secrets
from .check import Check, bad, missing, ok

PASSPHRASE, PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"


def stack_checks(
    project: Project, name: str, environ: Mapping[str, str] = os.environ, lang: str = "en"
) -> Iterator[Check]:
    """Everything about one stack that can be seen without its account."""
    try:
        load_stack(project, name)
    except (ProjectError, StackError) as error:
        yield bad("configuration", str(error), f"complete Pulumi.{name}.yaml")
        return
    yield ok("configuration", f"Pulumi.{name}.yaml is complete")
    yield from _specs(project, name, lang)
    yield passphrase(project, name, environ)
    yield backend(project, name, environ)


def _specs(project: Project, name: str, lang: str) -> Iterator[Check]:
    try:
        target = load_target(project, name)
    except SpecError as error:
        first = error.problems[0].text(lang)
        yield bad("specs", f"{len(error.problems)} problems, the first: {first}", "see them all: flowvigil lint")
    except (PlanError, ProjectError) as error:
        yield bad("specs", " ".join(str(error).split()), "see it in place: flowvigil plan")
    else:
        yield ok("specs", f"{len(target.monitors.monitors)} flows, {len(target.plan.objects)} objects")
        yield from secrets(target)


def secrets(target: Target) -> Iterator[Check]:
    """The secrets that the plan names, against those that the stack has."""
    lacking = missing_secrets(target)
    for name in lacking:
        command = f"flowvigil engine exec -- config set --secret --stack {target.stack.name} {SECRETS}:{name}"
        yield bad("secret", f"{name} is not set", command)
    if not lacking:
        yield ok("secrets", "all that the plan names are set")


def passphrase(project: Project, name: str, environ: Mapping[str, str]) -> Check:
    """Whether the engine will be able to open the stack's secrets."""
    about = "passphrase"
    if project.pretend(name):
        return ok(about, "not needed on the pretend cloud")
    provider = str(_top(project.root / f"Pulumi.{name}.yaml").get("secretsprovider", "passphrase"))
    if provider != "passphrase" or backend_url(project, name, environ).startswith("https://"):
        return ok(about, "not needed: secrets are kept by another service")
    file = environ.get(PASSPHRASE_FILE)
    if file:
        if Path(file).is_file():
            return ok(about, f"in {file}")
        return bad(about, f"{PASSPHRASE_FILE} names {file}, which is not there", "write the passphrase into that file")
    if environ.get(PASSPHRASE):
        return ok(about, f"in {PASSPHRASE}")
    return bad(about, "is not set", f"export {PASSPHRASE}=..., or name a file in {PASSPHRASE_FILE}")


def backend(project: Project, name: str, environ: Mapping[str, str]) -> Check:
    """Whether the engine can read and write the stack's state."""
    about, url = "state", backend_url(project, name, environ)
    if not url:
        return bad(about, "no place is named", f"state `backend: {{url: …}}` in Pulumi.yaml, or set {BACKEND}")
    if url.startswith("file://"):
        return _folder(about, _path(project, url))
    try:
        engine = find(environ)
        environment = session_environment(engine, project, project.config(name)) | {BACKEND: url}
        Session(engine, project, name, environment).ask("stack", "ls", "--json")
    except EngineMissing:
        return missing(about, f"{url} was not tried without the engine", "flowvigil engine install")
    except EngineError as error:
        reason = str(error).rpartition("\n")[2]
        return missing(about, f"{url} does not answer: {reason}", "mend the address or the keys")
    return ok(about, f"{url} answers")


def backend_url(project: Project, name: str, environ: Mapping[str, str]) -> str:
    """Where the state is, in the engine's order: environment, project; a stack on the emulator has a folder."""
    if environ.get(BACKEND):
        return environ[BACKEND]
    if project.pretend(name):
        return f"file://{project.local / 'state'}"
    return project.backend


def _path(project: Project, url: str) -> Path:
    return project.root / Path(url.removeprefix("file://").partition("?")[0]).expanduser()


def _folder(about: str, path: Path) -> Check:
    if not path.exists():
        return ok(about, f"{path} will be made by the first `up`")
    if path.is_dir() and os.access(path, os.W_OK):
        return ok(about, f"{path} is writable")
    return bad(about, f"{path} is not writable", f"allow writing to {path}")


def _top(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) or {}
