"""From specs on disk to plan, lint, preview and up: ours beside the same work done the usual way, in one run.

    python benchmarks/provisioner.py [disk] [lint] [preview] [up] [large] [--rounds N]

Prints Markdown rows; docs/performance.md keeps them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from engine_cases import large, preview, up
from flows import long, short, write_monitors
from measure import Sample, cpu_ratio, python, ratio, rounds, run, seconds

# Both end as every command of ours does: without the collector's last walk through what is there.
READ = """
import gc
import yaml
from pathlib import Path
for path in sorted(Path("monitors").glob("*.yaml")):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
gc.freeze()
"""

PLAN = """
import gc
from pathlib import Path
from flowvigil.provisioner import spec
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Stack
stack = Stack("bench", "local", "1000000000000001", "cn-hangzhou", "local")
plan(spec.load(Path("monitors"), "local"), stack)
gc.freeze()
"""


def disk(count: int, folder: Path) -> None:
    """Cold, one process each: flows to a plan, against reading the same files alone."""
    for name, spec, flows in (("60-line", long, 1_000), ("60-line", long, 10_000), ("12-line", short, 1_000)):
        root = folder / f"disk-{name}-{flows}"
        write_monitors(root / "monitors", flows, spec)
        cases = {"read": lambda root=root: python(READ, root), "plan": lambda root=root: python(PLAN, root)}
        got = rounds(cases, count if flows == 1_000 else 3)
        reading = f"CSafeLoader alone {seconds(got['read'])}"
        print(f"| {flows:,} flows ({name} files) from disk to plan | {seconds(got['plan'])} | {reading} "
              f"| {ratio(got['plan'], got['read'])}; processor {cpu_ratio(got['plan'], got['read'])} "
              f"| {_peak(got['plan']):.0f} MB |")  # fmt: skip


def lint(count: int, folder: Path) -> None:
    """`flowvigil lint` of one file, process start to exit, against starting Python."""
    root = folder / "lint"
    write_monitors(root / "monitors", 0)
    (root / "monitors" / "one.yaml").write_text(short(1))
    command = [str(Path(sys.executable).with_name("flowvigil")), "lint", "monitors/one.yaml"]
    got = rounds({"python": lambda: python("pass", root), "lint": lambda: run(command, root)}, max(count, 9))
    print(f"| lint of one file | {seconds(got['lint'])} | python -c pass {seconds(got['python'])} "
          f"| {ratio(got['lint'], got['python'])} | {_peak(got['lint']):.0f} MB |")  # fmt: skip


def _peak(samples: list[Sample]) -> float:
    return max(sample.peak_mb for sample in samples)


MEASURES = {"disk": disk, "lint": lint, "preview": preview, "up": up, "large": large}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], default=[])
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    print("| measure | ours | the usual way | ratio | peak |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.measures or MEASURES:
            MEASURES[name](chosen.rounds, Path(folder))


if __name__ == "__main__":
    main()
