"""monitors.lock: what it holds, what is refused without it, and who approved a line."""

import json

import pytest

from flowvigil.provisioner.approval import LockError, line_of, read_lock, unapproved, write_lock

A, B = "a" * 16, "b" * 16


def test_a_lock_reads_back_as_it_was_written():
    approved = {"prod": {"poem": A, "(shared)": B}, "local": {"poem": B}}
    assert read_lock(write_lock(approved)) == approved


def test_the_same_approvals_make_the_same_text_in_any_order():
    assert write_lock({"prod": {"b": B, "a": A}}) == write_lock({"prod": {"a": A, "b": B}})


@pytest.mark.parametrize("line", ["prod poem", f"prod poem {A} x", "prod poem zzzz", "<<<<<<< HEAD", f"prod ../x {A}"])
def test_a_line_that_is_none_is_named(line):
    with pytest.raises(LockError, match=r"monitors\.lock line 2: must be `stack flow hash`"):
        read_lock(f"# head\n{line}\n")


def test_two_hashes_for_one_flow_approve_neither():
    with pytest.raises(LockError, match="line 2: poem of prod has two hashes"):
        read_lock(f"prod poem {A}\nprod poem {B}\n")


def test_the_line_of_a_flow_is_found_by_stack_and_name():
    assert line_of(f"# head\nlocal poem {A}\nprod poem {B}\n", "prod", "poem") == 3
    assert line_of("", "prod", "poem") is None


def test_only_what_is_neither_approved_nor_applied_is_refused(repo, flowvigil):
    from flowvigil.deploy.project import Project, load_target

    plan = load_target(Project(repo.root, "acme"), "prod").plan
    names = ["(shared)", *plan.slices]
    approved = {"poem": plan.slices["poem"], "essay": A}
    applied = {"(shared)": plan.shared, "search": plan.slices["search"], "answer": B}
    assert [one.flow for one in unapproved(plan, approved, applied)] == [
        name for name in names if name in ("essay", "summary", "answer")
    ]


def test_approving_writes_one_line_for_each_flow_and_leaves_other_stacks_alone(repo, flowvigil):
    repo.write("monitors.lock", f"staging poem {A}\n")
    code, out, _ = flowvigil("review", "--approve", "-s", "prod")
    lock = read_lock((repo.root / "monitors.lock").read_text())
    assert (code, lock["staging"]) == (0, {"poem": A})
    assert set(lock["prod"]) == {"(shared)", "poem", "essay", "summary", "search", "answer"}
    assert out.count("never approved") == 6


def test_approving_twice_changes_nothing(repo, flowvigil):
    flowvigil("review", "--approve")
    before = (repo.root / "monitors.lock").read_bytes()
    assert flowvigil("review", "--approve")[1] == ""
    assert (repo.root / "monitors.lock").read_bytes() == before


def test_what_is_newly_approved_is_also_one_document(repo, flowvigil):
    flowvigil("review", "--approve")
    old = read_lock((repo.root / "monitors.lock").read_text())["prod"]["poem"]
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    code, out, _ = flowvigil("review", "--approve", "--json")
    new = read_lock((repo.root / "monitors.lock").read_text())["prod"]["poem"]
    assert (code, json.loads(out)) == (0, [{"stack": "prod", "flow": "poem", "slice": new, "approved": old}])


def test_a_lock_that_cannot_be_read_is_not_overwritten(repo, flowvigil):
    repo.write("monitors.lock", "<<<<<<< HEAD\n")
    code, _, error = flowvigil("review", "--approve")
    assert (code, "line 1" in error) == (2, True)
    assert (repo.root / "monitors.lock").read_text() == "<<<<<<< HEAD\n"


def test_the_comment_carries_the_lines_that_the_lock_gets(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    flowvigil("review", "--approve")
    approved = read_lock((repo.root / "monitors.lock").read_text())["prod"]
    _, out, _ = flowvigil("review", "--base", "main")
    assert f"{approved['poem']}  poem" in out


def test_why_names_commit_and_author_of_an_approval(repo, flowvigil):
    flowvigil("review", "--approve")
    repo.commit("Watch the poems")
    code, out, _ = flowvigil("why", "poem/p95", "--approved-by")
    assert code == 0
    assert "approved by Li Si <lisi@example.com> on " in out
    assert out.strip().endswith(": Watch the poems")
    code, out, _ = flowvigil("why", "poem", "--approved-by", "--json")
    assert json.loads(out)["commit"] == repo.git("rev-parse", "HEAD")


def test_why_finds_an_alarm_by_the_name_that_a_message_shows(repo, flowvigil):
    flowvigil("review", "--approve")
    repo.commit()
    code, out, _ = flowvigil("why", "Flow poem p95 [acme-prod]", "--approved-by")
    assert (code, out.startswith("poem: slice ")) == (0, True)


def test_why_says_when_the_folder_plans_something_else(repo, flowvigil):
    flowvigil("review", "--approve")
    repo.commit()
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    code, _, error = flowvigil("why", "poem", "--approved-by")
    assert (code, "which is not what was approved" in error) == (1, True)


@pytest.mark.parametrize(
    ("alarm", "code", "said"),
    [
        ("verse", 2, "there is no alarm 'verse' in stack prod; there are: answer, essay"),
        ("poem/p42", 2, "there is no alarm 'poem/p42'"),
        ("poem", 1, "nobody approved poem of prod: it is not in monitors.lock"),
    ],
)
def test_why_says_what_it_cannot_find(repo, flowvigil, alarm, code, said):
    found, _, error = flowvigil("why", alarm, "--approved-by")
    assert (found, said in error) == (code, True)


@pytest.fixture
def strict(repo):
    """A stack that applies only what was approved, with everything of main approved there."""
    repo.git("checkout", "-q", "main")
    repo.write(
        "Pulumi.prod.yaml", (repo.root / "Pulumi.prod.yaml").read_text() + '  flowvigil:requireApproval: "true"\n'
    )
    repo.commit()
    repo.git("checkout", "-q", "-B", "change")
    return repo


def notes(flowvigil):
    return json.loads(flowvigil("review", "--base", "main", "--json")[1])["notes"]


def test_a_review_says_which_changed_parts_still_need_an_approval(strict, flowvigil):
    strict.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    assert notes(flowvigil) == ["stack prod: `up` would refuse what nobody approved: poem; flowvigil review --approve"]
    assert flowvigil("review", "--approve")[0] == 0
    strict.commit("approved")
    assert notes(flowvigil) == []


def test_a_review_says_that_a_lock_cannot_be_read(strict, flowvigil):
    strict.write("monitors.lock", "prod poem\n")
    strict.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    assert "monitors.lock line 1: must be `stack flow hash`" in notes(flowvigil)[0]
