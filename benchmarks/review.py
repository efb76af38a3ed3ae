"""What a review costs: 1,000 flows that all change, from process start to the comment, without the engine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from flows import short, write_monitors
from measure import Sample, rounds, run, seconds

FLOWS, ROUNDS = 1000, 5
STACK = 'config:\n  alicloud:accountId: "1234567890123456"\n  alicloud:region: cn-hangzhou\n'


def git(root: Path, *arguments: str) -> None:
    """One git command as nobody in particular."""
    someone = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run(["git", *someone, *arguments], cwd=root, check=True, capture_output=True)


def repository(root: Path) -> Path:
    """A base, and a change in which every flow's P95 is held longer."""
    write_monitors(root / "monitors", FLOWS)
    (root / "Pulumi.yaml").write_text("name: acme\nruntime: python\n")
    (root / "Pulumi.prod.yaml").write_text(STACK)
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
        root = repository(Path(folder))

        def review() -> Sample:
            return run([sys.executable, "-m", "flowvigil", "review", "--base", "main"], root)

        def nothing() -> Sample:
            return run([sys.executable, "-m", "flowvigil", "--version"], root)

        found = rounds({"review": review, "nothing": nothing}, ROUNDS)
        print(f"review of {FLOWS} changed flows: {seconds(found['review'])}; bar <= 2 s")
        print(f"of which processor: {min(one.cpu_s for one in found['review']):.2f} s")
        print(f"flowvigil --version: {seconds(found['nothing'])}")


if __name__ == "__main__":
    main()
