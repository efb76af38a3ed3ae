"""`flowvigil review` on real repositories: what it shows, and what it refuses to read."""

import json
import shutil
from types import SimpleNamespace

import pytest

from flowvigil.review.git import Entry, Repository
from flowvigil.review.versions import VersionError, take_pack


def test_a_change_is_said_in_the_teams_words(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    code, out, _ = flowvigil("review", "--base", "main")
    assert code == 0
    assert "- `p95`: critical now fires after 3 × 60 s over 12s, was 9s" in out


def test_chinese_readers_get_chinese(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    _, out, _ = flowvigil("review", "--base", "main", "--lang", "zh")
    assert "- `p95`：严重现在连续 3 × 60 s 超过 12s后触发，原为超过 9s" in out


def test_json_says_the_same(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    _, out, _ = flowvigil("review", "--base", "main", "--json")
    flow = json.loads(out)["stacks"]["prod"]["flows"][0]
    assert (flow["flow"], flow["kind"], [one["path"] for one in flow["changes"]]) == (
        "poem",
        "changed",
        ["alarms.p95.critical"],
    )


def test_what_main_gained_meanwhile_is_not_part_of_the_change(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    repo.git("checkout", "-q", "main")
    repo.edit("monitors/essay.yaml", "critical: 10s", "critical: 20s")
    repo.git("checkout", "-q", "change")
    _, out, _ = flowvigil("review", "--base", "main", "--json")
    assert [one["flow"] for one in json.loads(out)["stacks"]["prod"]["flows"]] == ["poem"]


def test_a_commit_that_changes_no_flow_gives_the_same_comment_byte_for_byte(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    first = flowvigil("review", "--base", "main")
    repo.write("README.md", "text")
    repo.commit()
    assert flowvigil("review", "--base", "main") == first


def test_no_change_is_said_in_one_line(repo, flowvigil):
    repo.write("README.md", "text")
    repo.commit()
    code, out, _ = flowvigil("review", "--base", "main")
    assert (code, out.count("no change")) == (0, 2)
    assert "####" not in out


def test_the_working_tree_is_left_alone_and_not_reviewed(repo, flowvigil):
    repo.write("monitors/poem.yaml", "not yet")
    _, out, _ = flowvigil("review", "--base", "main")
    assert "1 file(s) with uncommitted changes are not reviewed, such as `monitors/poem.yaml`" in out
    assert (repo.root / "monitors" / "poem.yaml").read_text() == "not yet"


def test_a_project_in_a_folder_of_the_repository_is_reviewed_there(repo, flowvigil, monkeypatch):
    repo.git("checkout", "-q", "main")
    for name in ("monitors", "Pulumi.yaml", "Pulumi.prod.yaml"):
        (repo.root / "watch").mkdir(exist_ok=True)
        shutil.move(repo.root / name, repo.root / "watch" / name)
    repo.commit()
    repo.git("checkout", "-q", "-B", "change")
    repo.edit("watch/monitors/poem.yaml", "critical: 9s", "critical: 12s")
    monkeypatch.chdir(repo.root / "watch")
    code, out, _ = flowvigil("review", "--base", "main")
    assert (code, "over 12s, was 9s" in out) == (0, True)


def test_specs_that_cannot_be_planned_are_said_with_file_and_line(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: soon")
    code, out, _ = flowvigil("review", "--base", "main")
    assert code == 1
    assert "- `prod`: `monitors/poem.yaml:8:15: " in out


def test_a_base_that_cannot_be_planned_makes_everything_new(repo, flowvigil):
    repo.git("checkout", "-q", "main")
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: soon")
    repo.git("checkout", "-q", "-B", "change")
    repo.edit("monitors/poem.yaml", "critical: soon", "critical: 9s")
    code, out, _ = flowvigil("review", "--base", "main")
    assert code == 0
    assert "the base of stack `prod` cannot be planned, so all of it counts as new" in out
    assert "5 flow(s) new" in out


def test_a_new_stack_is_compared_with_nothing(repo, flowvigil):
    repo.write("Pulumi.staging.yaml", (repo.root / "Pulumi.prod.yaml").read_text())
    repo.commit()
    _, out, _ = flowvigil("review", "--base", "main")
    assert "stack `staging` is new" in out
    assert "### Stack `prod`\n\nno change" in out


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("origin/main", "there is no commit 'origin/main' here; bring it with: git fetch origin main"),
        ("--upload-pack=x", "there is no commit '--upload-pack=x' here"),
    ],
)
def test_a_base_that_is_not_there_names_the_command_that_brings_it(repo, flowvigil, base, said):
    code, _, error = flowvigil("review", f"--base={base}")
    assert code == 2
    assert said in error


def test_a_repository_without_a_commit_is_told_to_make_one_and_not_to_fetch(repo, flowvigil):
    shutil.rmtree(repo.root / ".git")
    repo.git("init", "-q", "-b", "main")
    code, out, error = flowvigil("review", "--base", "main")
    assert (code, out) == (2, "")
    assert "there is no commit here yet" in error
    assert "fetch" not in error


def test_a_shallow_clone_is_told_its_depth_and_what_is_needed(repo, flowvigil, monkeypatch, tmp_path):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    repo.git("clone", "-q", "--depth", "1", "--no-single-branch", f"file://{repo.root}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    code, _, error = flowvigil("review", "--base", "origin/main")
    assert code == 2
    assert "this clone is shallow: it holds 1 commit(s) of HEAD" in error
    assert "fetch-depth: 0" in error


def test_histories_without_a_common_commit_are_told_apart_from_shallow_ones(repo, flowvigil):
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit()
    code, _, error = flowvigil("review", "--base", "main")
    assert (code, "main and HEAD have no commit in common" in error) == (2, True)


def test_a_folder_without_a_repository_is_refused(repo, flowvigil):
    shutil.rmtree(repo.root / ".git")
    code, _, error = flowvigil("review", "--base", "main")
    assert (code, "is in no git repository" in error) == (2, True)


def test_a_machine_without_git_is_told_so(repo, flowvigil, monkeypatch):
    monkeypatch.setenv("PATH", str(repo.root))
    code, _, error = flowvigil("review", "--base", "main")
    assert (code, "there is no git on PATH" in error) == (2, True)


def link(repo):
    (repo.root / "monitors" / "passwd.yaml").symlink_to("/etc/passwd")


def linked_folder(repo):
    shutil.move(repo.root / "monitors", repo.root / "elsewhere")
    (repo.root / "monitors").symlink_to("elsewhere")


def submodule(repo):
    commit = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},monitors/sub")
    repo.git("commit", "-qm", "submodule")


def binary(repo):
    repo.write("monitors/poem.yaml", b"flow: poem\0\n")


def huge(repo):
    repo.write("monitors/poem.yaml", "# " + "x" * 1_000_000)


def half_merged(repo):
    repo.write("monitors/poem.yaml", "flow: poem\n<<<<<<< HEAD\nowner: a\n=======\nowner: b\n>>>>>>> x\n")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (link, "'monitors/passwd.yaml' is a symbolic link"),
        (linked_folder, "'monitors' is a symbolic link"),
        (submodule, "'monitors/sub' is a submodule"),
        (binary, "'monitors/poem.yaml' is binary"),
        (huge, "'monitors/poem.yaml' has 1000002 bytes; at most 1000000 are read"),
        (half_merged, "'monitors/poem.yaml' line 2: a conflict marker"),
    ],
)
def test_what_no_review_should_read_is_refused_with_its_path(repo, flowvigil, harm, said):
    harm(repo)
    if harm is not submodule:
        repo.commit()
    code, out, error = flowvigil("review", "--base", "main")
    assert (code, out) == (2, "")
    assert said in error


def test_a_clone_without_the_contents_of_a_file_is_told_how_to_bring_them(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    blob = repo.git("rev-parse", "HEAD:monitors/poem.yaml")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    code, _, error = flowvigil("review", "--base", "main")
    assert (code, "the clone is partial: git fetch --refetch" in error) == (2, True)


def test_a_policy_that_leads_out_of_its_folder_is_never_written(repo, flowvigil, tmp_path):
    """Git itself makes no such entry, but a crafted repository may hold one."""
    repo.write("policies/PulumiPolicy.yaml", "runtime: python\n")
    repo.commit()
    blob = repo.git("rev-parse", "HEAD:monitors/poem.yaml")
    found = Repository(repo.root, "")
    entries = [*found.entries("HEAD", "policies"), Entry("100644", blob, 3, "policies/../../outside.yaml")]
    crafted = SimpleNamespace(entries=lambda *_: entries, contents=found.contents)
    with pytest.raises(VersionError, match=r"'policies/\.\./\.\./outside\.yaml' leads out of the project"):
        take_pack(crafted, "HEAD", tmp_path / "taken")
    assert not (tmp_path / "taken").exists()


def test_a_lock_of_six_thousand_lines_is_read(repo, flowvigil):
    lines = (f"prod flow-of-another-branch-{number:05} {'0' * 16}\n" for number in range(6_000))
    repo.write("monitors.lock", "".join(lines))
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    code, out, _ = flowvigil("review", "--base", "main")
    assert (code, "over 12s, was 9s" in out) == (0, True)


def test_a_base_must_be_named(repo, flowvigil):
    code, _, error = flowvigil("review")
    assert (code, "flowvigil review --base origin/main" in error) == (2, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--post", "github", "--json"], "--post posts Markdown: leave out --json, --format and --approve\n"),
        (["--post", "github", "--format", "html"], "--post posts Markdown: leave out --json, --format and --approve\n"),
        (["--post", "github", "--approve"], "--post posts Markdown: leave out --json, --format and --approve\n"),
        (["--number", "7"], "--number belongs to --post\n"),
        (["--stack", "nope"], "there is no Pulumi.nope.yaml in that commit; stacks: prod\n"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else None,
)
def test_what_makes_no_sense_is_refused_instead_of_passed_over(repo, flowvigil, options, said):
    assert flowvigil("review", "--base", "main", *options) == (2, "", said)


def test_what_lint_finds_only_in_the_change_is_named(repo, flowvigil):
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 9s\n    hours: 03:00-03:01")
    _, before, _ = flowvigil("review", "--base", "HEAD")
    _, out, _ = flowvigil("review", "--base", "main")
    assert "**New in this change**" in out
    assert "**New in this change**" not in before
    assert "`poem.yaml:" in out


def test_secrets_are_in_no_comment_and_no_json(repo, flowvigil):
    webhook = "https://oapi.dingtalk.com/robot/send?access_token=canary0123456789abcdef0123456789abcdef"
    key = "LTAI5tCanaryCanaryCanary"
    spec = (repo.root / "monitors/poem.yaml").read_text()
    repo.write("monitors/poem.yaml", f"# {webhook}\n{spec.replace('Flow poem', f'{key} {webhook}')}")
    repo.write("Pulumi.prod.yaml", (repo.root / "Pulumi.prod.yaml").read_text() + f"  alicloud:accessKey: {key}\n")
    repo.commit()
    for form in ("markdown", "html", "json"):
        printed = "".join(map(str, flowvigil("review", "--base", "main", "--format", form)))
        assert "anary" not in printed, form


def test_secrets_in_a_stacks_settings_or_in_names_are_in_no_comment_either(repo, flowvigil):
    webhook = "https://oapi.dingtalk.com/robot/send?access_token=canary0123456789abcdef0123456789abcdef"
    key = "LTAI5tCanaryCanaryCanary"
    stack = (repo.root / "Pulumi.prod.yaml").read_text()
    repo.write("Pulumi.prod.yaml", f"{stack}  flowvigil:environment: {key}\n  flowvigil:console: '{webhook}'\n")
    repo.git("mv", "monitors/poem.yaml", f"monitors/{key}.yaml")
    repo.write(f"monitors/{key}.yaml", (repo.root / f"monitors/{key}.yaml").read_text().replace("for: 3m", "for: 2h"))
    repo.commit()
    for form in ("markdown", "html", "json"):
        code, out, error = flowvigil("review", "--base", "main", "--format", form)
        assert code == 0
        assert "environment is now" in out
        assert "*" * len(key) in out
        assert "anary" not in out + error, form


def test_a_plan_shows_no_secret_that_stands_where_a_region_should(repo, flowvigil):
    key = "LTAI5tCanaryCanaryCanary"
    repo.write("Pulumi.prod.yaml", (repo.root / "Pulumi.prod.yaml").read_text().replace("cn-hangzhou", key))
    _, shown, _ = flowvigil("plan", "-s", "prod")
    assert "anary" not in shown.splitlines()[0]


def test_a_hundred_problems_still_fit_the_comment(repo, flowvigil):
    for number in range(600):
        repo.write(
            f"monitors/many-{number}.yaml", f"flow: many-{number}\nowner: nobody\nalarms: {{p95: {{critical: soon}}}}\n"
        )
    repo.commit()
    code, out, _ = flowvigil("review", "--base", "main")
    assert code == 1
    assert len(out.encode()) <= 60_000
