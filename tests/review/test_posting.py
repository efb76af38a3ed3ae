"""One comment on each pull request, through the three platforms' APIs on real sockets."""

import pytest

from flowvigil.review.posting.codeup import codeup
from flowvigil.review.posting.door import AGAIN_S, LONGEST_WAIT_S, PostingError, keep_one
from flowvigil.review.posting.github import github
from flowvigil.review.posting.gitlab import gitlab

from .platforms import GOOD, serving

MARK = "<!-- flowvigil review: acme -->"
FIRST, SECOND = f"{MARK}\nfirst", f"{MARK}\nsecond"
DOORS = {"github": github, "gitlab": gitlab, "codeup": codeup}
TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "codeup": "YUNXIAO_TOKEN"}
MARKED = {"github": 403, "gitlab": 429, "codeup": 429}


def environment(platform, token=GOOD):
    return {
        "GITHUB_REPOSITORY": "acme/watch",
        "GITHUB_API_URL": platform.root,
        "CI_PROJECT_ID": "42",
        "CI_API_V4_URL": platform.root,
        "CODEUP_REPOSITORY_ID": "group/watch",
        "YUNXIAO_ORGANIZATION_ID": "org1",
        "YUNXIAO_API_URL": platform.root,
        TOKENS[platform.kind]: token,
    }


def door(platform, token=GOOD, number=7):
    made = DOORS[platform.kind](environment(platform, token), number)
    platform.waits = []
    object.__setattr__(made._line, "wait", platform.waits.append)
    return made


@pytest.fixture(params=DOORS, scope="module")
def served(request):
    with serving(request.param) as platform:
        yield platform


@pytest.fixture
def platform(served):
    for kept in (served.comments, served.answers, served.asked, served.before):
        kept.clear()
    return served


def test_the_first_run_adds_a_comment(platform):
    assert (keep_one(door(platform), FIRST), platform.bodies()) == ("created", [FIRST])


def test_the_next_run_changes_it_in_place(platform):
    number = platform.add(FIRST)
    assert (keep_one(door(platform), SECOND), platform.bodies()) == ("updated", [SECOND])
    assert platform.comments[0]["id"] == number


def test_the_same_review_writes_nothing(platform):
    platform.add(FIRST.replace("\n", "\r\n") + "\r\n")
    assert keep_one(door(platform), FIRST) == "unchanged"
    assert {method for method, path in platform.asked if not path.endswith("/list")} <= {"GET"}


def test_other_comments_are_left_alone_even_a_hundred_and_fifty(platform):
    others = [f"comment {number}" for number in range(150)]
    for one in others:
        platform.add(one)
    platform.add(FIRST)
    keep_one(door(platform), SECOND)
    assert platform.bodies() == [*others, SECOND]


def test_a_comment_that_quotes_the_marker_is_not_ours(platform):
    platform.add(f"> {MARK}\nlook at this")
    keep_one(door(platform), FIRST)
    assert platform.bodies() == [f"> {MARK}\nlook at this", FIRST]


def test_a_comment_that_somebody_deletes_meanwhile_is_added_again(platform):
    number = platform.add(FIRST)
    listings = 2 if platform.kind == "gitlab" else 1
    method = {"github": "PATCH", "gitlab": "PUT", "codeup": "PUT"}[platform.kind]
    platform.before[method, listings + 1] = lambda: platform.remove(number)
    assert (keep_one(door(platform), SECOND), platform.bodies()) == ("created", [SECOND])


def test_two_runs_at_once_leave_one_comment(platform):
    listings = 2 if platform.kind == "gitlab" else 1
    creating = listings + (2 if platform.kind == "codeup" else 1)
    platform.before["POST", creating] = lambda: platform.add(FIRST)
    keep_one(door(platform), FIRST)
    assert platform.bodies() == [FIRST]


def test_a_wrong_token_is_named_and_not_shown(platform):
    with pytest.raises(PostingError, match="refuses the token: it is wrong or has ended") as caught:
        keep_one(door(platform, "wrong-canary-0815"), FIRST)
    assert "wrong-canary-0815" not in str(caught.value)


def test_a_missing_permission_is_named(platform):
    platform.answers.append((403, {}))
    needed = {"github": "pull-requests: write", "gitlab": "the scope api", "codeup": "合并请求"}[platform.kind]
    with pytest.raises(PostingError, match=rf"the token may not comment here; it needs .*{needed}"):
        keep_one(door(platform), FIRST)


def test_a_pull_request_that_is_not_there_is_said(platform):
    with pytest.raises(PostingError, match="knows no such pull request"):
        keep_one(door(platform, number=8), FIRST)


def test_a_short_rate_limit_is_waited_for(platform):
    platform.answers.append((MARKED[platform.kind], {"Retry-After": "3"}))
    assert keep_one(door(platform), FIRST) == "created"
    assert platform.waits == [3.0]


def test_a_long_rate_limit_ends_the_job_with_its_length(platform):
    platform.answers.append((429, {"Retry-After": str(LONGEST_WAIT_S + 1)}))
    with pytest.raises(PostingError, match="limits the rate; run the job again in 61 s"):
        keep_one(door(platform), FIRST)
    assert platform.waits == []


BROKEN = {"hangs up": None, "breaks off": (200, {"Content-Length": "99"}), "busy": (502, {})}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_what_breaks_while_it_reads_is_asked_for_once_more(platform, answer):
    platform.answers.append(answer)
    assert (keep_one(door(platform), FIRST), platform.bodies()) == ("created", [FIRST])
    assert platform.waits == [AGAIN_S]


@pytest.mark.parametrize(("answer", "said"), [(None, "does not answer at"), ((503, {}), "answers 503")])
def test_a_platform_that_breaks_twice_is_named(platform, answer, said):
    platform.answers += [answer, answer]
    with pytest.raises(PostingError, match=said):
        keep_one(door(platform), FIRST)
    assert len(platform.asked) == 2


@pytest.mark.parametrize("answer", [None, (504, {})], ids=["hangs up", "busy"])
def test_a_comment_whose_answer_is_lost_is_not_added_again(platform, answer):
    listings = 2 if platform.kind == "gitlab" else 1
    creating = listings + (2 if platform.kind == "codeup" else 1)
    platform.before["POST", creating] = lambda: (platform.add(FIRST), platform.answers.append(answer))
    with pytest.raises(PostingError):
        keep_one(door(platform), FIRST)
    assert platform.bodies() == [FIRST]
    assert keep_one(door(platform), FIRST) == "unchanged"


def test_a_redirect_does_not_carry_the_token_away(platform):
    platform.answers.append((302, {"Location": f"{platform.root}/elsewhere"}))
    with pytest.raises(PostingError, match="answers 302"):
        keep_one(door(platform), FIRST)
    assert len(platform.asked) == 1


def test_a_platform_that_does_not_answer_is_named(platform):
    made = door(platform)
    object.__setattr__(made._line, "root", "http://127.0.0.1:9")
    with pytest.raises(PostingError, match="does not answer at"):
        keep_one(made, FIRST)


def test_a_missing_token_names_its_variable(platform):
    variables = {name: value for name, value in environment(platform).items() if name != TOKENS[platform.kind]}
    with pytest.raises(PostingError, match=f"{TOKENS[platform.kind]} is not set"):
        DOORS[platform.kind](variables, 7)


def test_the_command_posts_what_it_would_print(platform, repo, flowvigil, monkeypatch):
    for name, value in environment(platform).items():
        monkeypatch.setenv(name, value)
    repo.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    _, printed, _ = flowvigil("review", "--base", "main")
    code, out, error = flowvigil("review", "--base", "main", "--post", platform.kind, "--number", "7")
    assert (code, out, error) == (0, "", "comment created\n")
    assert platform.bodies() == [printed.rstrip()]
    assert flowvigil("review", "--base", "main", "--post", platform.kind, "--number", "7")[2] == "comment unchanged\n"


def test_the_command_ends_with_3_when_the_token_is_missing(platform, repo, flowvigil, monkeypatch):
    monkeypatch.delenv(TOKENS[platform.kind], raising=False)
    code, _, error = flowvigil("review", "--base", "main", "--post", platform.kind, "--number", "7")
    assert (code, f"{TOKENS[platform.kind]} is not set" in error) == (3, True)


@pytest.mark.parametrize(
    ("branch", "said"), [("faster", None), ("twice", "'twice' has 2 open"), ("unseen", "'unseen' has 0 open")]
)
def test_codeup_finds_the_one_open_merge_request_of_a_branch(branch, said):
    with serving("codeup") as platform:
        variables = {**environment(platform), "CI_COMMIT_REF_NAME": branch}
        if said:
            with pytest.raises(PostingError, match=said):
                codeup(variables, None)
        else:
            assert keep_one(codeup(variables, None), FIRST) == "created"
            assert platform.asked[-1][1].split("/changeRequests/")[1].startswith("7/")
