"""Lint: one file from process start to exit, and 1,000 specs, beside reading them with PyYAML alone."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from measure import python, ratio, rounds, run, seconds

ROUNDS = 5
CONTACTS = """\
teams:
  team: {critical: [oncall, ding], warning: [ding]}
groups:
  oncall: {existing: true}
  ding: [{dingtalk: robot, via: relay}, {mail: a@example.com}]
"""
FLOW = """\
flow: flow-%d
title: Flow %d
owner: team
runbook: https://wiki.example.com/flow
traffic: 40/m
alarms:
  p95: {warning: 5s, critical: 8s}
  failure_rate: {critical: 5%%}
  slow_streak: {over: 5s, warning: 3}
  no_runs: {warning: 30m}
logs: {project: proj-%d, logstore: runs}
repeat: {critical: 15m, warning: 30m}
"""
LINT = "import sys; from flowvigil.cli import run; sys.exit(run(['lint', 'monitors']) not in (0, 1))"
READ = "import yaml, pathlib; [yaml.load(p.read_bytes(), yaml.CSafeLoader) for p in pathlib.Path('monitors').iterdir()]"


def folder(top: Path, flows: int) -> Path:
    """A project folder of so many flows."""
    monitors = top / "monitors"
    monitors.mkdir(parents=True)
    (monitors / "contacts.yaml").write_text(CONTACTS)
    for number in range(flows):
        (monitors / f"flow-{number}.yaml").write_text(FLOW % (number, number, number % 20))
    return top


def main() -> None:
    """Print the table's rows."""
    with tempfile.TemporaryDirectory() as place:
        one, many = folder(Path(place) / "one", 1), folder(Path(place) / "many", 1000)
        command = str(Path(sys.executable).with_name("flowvigil"))
        cases = {
            "one file": lambda: run([command, "lint", "monitors"], one),
            "python -c pass": lambda: python("pass", one),
            "1,000 specs": lambda: python(LINT, many),
            "reading them with CSafeLoader": lambda: python(READ, many),
        }
        found = rounds(cases, ROUNDS)
        for name, samples in found.items():
            cpu = statistics.median(sample.cpu_s for sample in samples)
            print(f"{name}: {seconds(samples)}, processor {cpu:.3f} s")
        print("ratio of the last two:", ratio(found["1,000 specs"], found["reading them with CSafeLoader"]))


if __name__ == "__main__":
    main()
