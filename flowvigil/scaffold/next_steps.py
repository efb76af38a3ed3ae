"""What to type after `flowvigil init`, in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .answers import Answers


def next_steps(answers: Answers, folder: Path, *, robot: bool = True) -> str:
    """The commands that bring the new project up, under a heading for each stack.

    `robot` says whether the contacts name a robot of our own, whose address is a secret.
    """
    return "\n".join(_lines(answers, folder, robot=robot))


def _lines(answers: Answers, folder: Path, *, robot: bool) -> Iterator[str]:
    yield "Next, on the pretend cloud:"
    if folder != Path():
        yield f"  cd {folder}"
    yield "  flowvigil engine install"
    yield "  flowvigil up -s local"
    if answers.stack:
        yield f"Then on account {answers.account}:"
        yield from (f"  {line}" for line in _on_the_account(answers, robot=robot))


def _on_the_account(answers: Answers, *, robot: bool) -> Iterator[str]:
    if answers.opened_by == "file":
        yield f"export PULUMI_CONFIG_PASSPHRASE_FILE=$PWD/{answers.stack}.passphrase  # write a long one there, keep it"
    else:
        yield "export PULUMI_CONFIG_PASSPHRASE=...  # a long one, kept in your vault"
    if answers.backend.startswith("file://"):
        yield f"mkdir -p {answers.backend.removeprefix('file://')}"
    elif answers.backend.startswith("oss://"):
        yield "export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...  # of a RAM user that may write the bucket"
    elif answers.backend.startswith("https://"):
        yield "export PULUMI_ACCESS_TOKEN=...  # of that service"
    of_stack = f"--stack {answers.stack}"
    yield f"flowvigil engine exec -- stack init {answers.stack}"
    if robot:
        yield f"flowvigil engine exec -- config set --secret {of_stack} webhook:{answers.robot}  # asks for it"
    yield f"flowvigil doctor -s {answers.stack}"
    yield f"flowvigil up -s {answers.stack}"
