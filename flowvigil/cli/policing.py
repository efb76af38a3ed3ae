"""What would keep a change from being applied, for `flowvigil review`: the base branch's policies, missing approvals.

The change's own policies are never run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from flowvigil.deploy.approvals import approved
from flowvigil.deploy.project import Project, ProjectError
from flowvigil.deploy.violations import PackError, new_violations
from flowvigil.provisioner.approval import LockError, slices, unapproved
from flowvigil.review.comparing import Review, Side
from flowvigil.review.git import GitError, Repository
from flowvigil.review.novelty import told_violation
from flowvigil.review.said import Said, said
from flowvigil.review.versions import VersionError, pack_of, take_pack

Compared = tuple[Review, Side, Side]


def with_policies(
    found: Repository, commits: tuple[str, str, str], head: Project, compared: Sequence[Compared], folder: Path
) -> tuple[list[Review], list[Said]]:
    """The reviews with what the policies find, and what to note. `commits` are base, fork and head."""
    base, fork, change = commits
    reviews, notes = [review for review, _, _ in compared], []
    if pack_of(found, change) != pack_of(found, fork):
        en = "this change edits {folder}; what follows was judged by the base's policies"
        notes.append(said(en, "本次改动修改了 {folder}；以下由基线的策略判断", folder="policies/"))
    if pack_of(found, base) and compared:
        try:
            pack = take_pack(found, base, folder)
            reviews = [_judged(pack, head, *one) for one in compared]
        except (GitError, VersionError, PackError, ProjectError) as error:
            notes.append(said("the policies could not be asked: {why}", "无法执行策略：{why}", why=error))
    return reviews, notes


def unapproved_parts(head: Project, compared: Sequence[Compared]) -> Iterator[Said]:
    """For each stack that wants approvals: what the change plans anew and its monitors.lock does not hold."""
    for review, before, after in compared:
        if after.plan.stack.require_approval:
            try:
                found = unapproved(after.plan, approved(head, review.stack), slices(before.plan))
            except (LockError, ProjectError) as error:
                yield said("{why}", "{why}", why=error)
                continue
            names = [one.flow for one in found]
            if names:
                en = "stack {stack}: `up` would refuse what nobody approved: {names}; flowvigil review --approve"
                zh = "Stack {stack}：`up` 会拒绝未经批准的部分：{names}；批准命令 flowvigil review --approve"
                yield said(en, zh, stack=review.stack, names=", ".join(names))


def _judged(pack: Path, head: Project, review: Review, before: Side, after: Side) -> Review:
    pretended = bool(head.pretend(review.stack))
    fresh = new_violations(pack, before.plan, after.plan, pretended=pretended)
    told = [told_violation(one.policy, one.level, one.message) for one in fresh]
    return replace(review, findings=(*review.findings, *told))
