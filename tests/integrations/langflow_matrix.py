"""Prints the table of releases in docs/langflow.md, from what each of them really does: `make langflow-matrix`.

A cell says what was reported, a number where it was not one record with the right end.
"""

import json
import tempfile
from pathlib import Path

from .environments import environment
from .langflow_versions import POEM, POEM_FAILED, VERSIONS
from .lfx_serving import FLOW, HERE, run_here, runs_in, surroundings

ROOT = HERE.parents[1]
"""Installed for development, it announces its entry points as a wheel does."""
CANCELLED, LATE = ("poem", "cancelled", None), ("poem", "timed_out", "TimeoutError")
HEAD = (
    "| LangFlow | lfx | runs are seen by | result, error, timeout at once | cancelled | `lfx run` | `lfx run`, error |"
)
ROUTES = {"every run, by Graph": "the span around a run", "has no Graph": "the tracing service"}


def row(version: str) -> str:
    binaries, folder = environment(f"lfx=={version}"), Path(tempfile.mkdtemp())
    environ = surroundings(folder, ROOT)
    doctor = run_here(binaries, folder, binaries / "python", "-m", "flowvigil.doctor", "--json", environ=environ)
    found = json.loads(doctor[doctor.index("[\n") :])
    word = next(one["text"] for one in found if one["check"] == "langflow")
    route = next(name for begun, name in ROUTES.items() if begun in word)
    script = [
        runs_in(run_here(binaries, folder, HERE / "lfx_runs.py", what, environ=environ))
        for what in ("together", "cancelled")
    ]
    command = [
        runs_in(run_here(binaries, folder, binaries / "lfx", "run", str(FLOW), text, environ=environ))
        for text in ("hello", "fail")
    ]
    wanted = [[POEM_FAILED, POEM, LATE], [CANCELLED], [POEM], [POEM_FAILED]]
    cells = [said(one, ends) for one, ends in zip([*script, *command], wanted, strict=True)]
    return f"| {VERSIONS[version]} | {version} | {route} | {' | '.join(cells)} |"


def said(found: list, wanted: list) -> str:
    return "one record each" if sorted(found) == wanted else f"{len(found)} records"


def main() -> None:
    print(HEAD)
    print("|---" * (HEAD.count("|") - 1) + "|")
    for version in VERSIONS:
        print(row(version), flush=True)


if __name__ == "__main__":
    main()
