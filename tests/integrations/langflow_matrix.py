"""Prints the tables of releases in docs/langflow.md, from what each of them really does.

`make langflow-matrix` is of lfx, `make langflow-servers` of the whole server; RELEASES="1.11" there asks but some.
A cell says what was reported, a number where it was not one record with the right end.
"""

import json
import sys
import tempfile
from pathlib import Path

from .environments import environment
from .langflow_cases import CASES, LAST, Case, serve
from .langflow_serving import RELEASES, LangFlow, Store
from .langflow_versions import POEM, POEM_FAILED, VERSIONS
from .lfx_serving import FLOW, HERE, run_here, runs_in, surroundings

ROOT = HERE.parents[1]
"""Installed for development, it announces its entry points as a wheel does."""
CANCELLED, LATE = ("poem", "cancelled", None), ("poem", "timed_out", "TimeoutError")
HEAD = (
    "LangFlow", "lfx", "runs are seen by", "result, error, timeout at once",
    "cancelled", "`lfx run`", "`lfx run`, error",
)  # fmt: skip
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


def servers(releases: list[str]) -> None:
    ways = list(dict.fromkeys(case.way for case in (*CASES, LAST)))
    header("LangFlow", *ways, "arrived")
    for release in releases:
        folder = Path(tempfile.mkdtemp())
        store = Store(folder / "store")
        langflow = LangFlow(release, ROOT, folder, store)
        try:
            print(server_row(langflow, store, ways), flush=True)
        finally:
            langflow.stop()
            store.stop()


def server_row(langflow: LangFlow, store: Store, ways: list[str]) -> str:
    at, told = serve(langflow), {way: [] for way in ways}
    for case in (*CASES, LAST):
        case.ask(at)
        told[case.way].append(wrong(case, langflow.new_runs(len(case.runs))))
    langflow.stop()
    cells = ["; ".join(filter(None, told[way])) or "one each" for way in ways]
    arrived = f"{len(store.runs())} of {len(langflow.printed())}"
    return f"| {' | '.join([RELEASES[langflow.release].langflow, *cells, arrived])} |"


def wrong(case: Case, found: list) -> str:
    """What came instead of the records that must; nothing where those came."""
    came = ", ".join(f"{flow} {status}" for flow, status, _ in found) or "nothing"
    return "" if found == case.runs else f"{case.runs[0][1]}: {came}"


def header(*names: str) -> None:
    print(f"| {' | '.join(names)} |")
    print("|---" * len(names) + "|")


def main() -> None:
    if sys.argv[1:2] == ["servers"]:
        servers(sys.argv[2:] or list(RELEASES))
        return
    header(*HEAD)
    for version in VERSIONS:
        print(row(version), flush=True)


if __name__ == "__main__":
    main()
