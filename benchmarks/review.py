"""What a review costs: 1,000 flows that all change, from process start to the comment, without the engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from flows import short, write_monitors
from measure import Sample, rounds, run, seconds

FLOWS, ROUNDS = 1000, 5
POLICIES = Path(__file__).parents[1] / "policies"
STACK = 'config:\n  alicloud:accountId: "1234567890123456"\n  alicloud:region: cn-hangzhou\n'


def git(root: Path, *arguments: str) -> None:
    """One git command as nobody in particular."""
    someone = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run(["git", *someone, *arguments], cwd=root, check=True, capture_output=True)


def repository(root: Path, *, policies: bool) -> Path:
    """A base, and a change in which every flow's P95 is held longer; with the example's policies or without any."""
    write_monitors(root / "monitors", FLOWS)
    (root / "Pulumi.yaml").write_text("name: acme\nruntime: python\n")
    (root / "Pulumi.prod.yaml").write_text(STACK)
    if policies:
        shutil.copytree(POLICIES, root / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    git(root, "checkout", "-qb", "change")
    for number in range(FLOWS):
        path = root / "monitors" / f"flow-{number:05}.yaml"
        path.write_text(short(number).replace("for: 3m", "for: 10m"))
    git(root, "commit", "-qam", "change")
    return root


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        plain = repository(Path(folder) / "plain", policies=False)
        judged = repository(Path(folder) / "judged", policies=True)

        def review(root: Path) -> Callable[[], Sample]:
            return lambda: run([sys.executable, "-m", "flowvigil", "review", "--base", "main"], root)

        def nothing() -> Sample:
            return run([sys.executable, "-m", "flowvigil", "--version"], plain)

        found = rounds({"no policies": review(plain), "policies": review(judged), "nothing": nothing}, ROUNDS)
        print(f"review of {FLOWS} changed flows; bar <= 2 s")
        for name, samples in found.items():
            cpu = sorted(one.cpu_s for one in samples)
            print(f"{name}: {seconds(samples)}, processor {cpu[len(cpu) // 2]:.2f} s ({cpu[0]:.2f}-{cpu[-1]:.2f})")


if __name__ == "__main__":
    main()
