"""What `flowvigil init` has to know, and what is wrong with it. Reads nothing and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

SITES = {"cn": "Domestic", "intl": "International"}
"""The account's site as people say it, and as the provider's `accountType` does."""

SCHEMES = ("file", "oss", "s3", "https", "azblob", "gs")
"""Where the engine can keep a stack's state; `oss` is our word for OSS behind its S3-compatible door."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_FLOW = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]")
_ACCOUNT = re.compile(r"[0-9]{5,20}")
_REGION = re.compile(r"[a-z]{2}(-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Answers:
    """One project to write. `stack` is the one on a real account; without it there is only `local`.

    `opened_by` is `env` or `file`: where the passphrase of its secrets is.
    `port` is the emulator's, for the stack `local`. `virtualenv` is a folder inside the project, or empty.
    """

    project: str
    flow: str = "my-flow"
    owner: str = "my-team"
    stack: str = ""
    account: str = ""
    region: str = ""
    site: str = "cn"
    backend: str = ""
    opened_by: str = "env"
    port: int = 8474
    virtualenv: str = ""

    @property
    def robot(self) -> str:
        """The name of the secret that holds the address of the owner's DingTalk robot."""
        return f"{self.owner}-robot"


class WrongAccount(ValueError):  # noqa: N818 - the name other rooms read in an except clause
    """The credentials at hand belong to another account than the one that was named."""


def with_account(answers: Answers, account: str, source: str) -> Answers:
    """The answers with the account that STS tells. Raises WrongAccount if another one was given."""
    if answers.account not in ("", account):
        raise WrongAccount(f"--account {answers.account}: the credentials (from {source}) belong to {account}")
    return replace(answers, account=account)


def problems(answers: Answers) -> list[str]:
    """Everything that is wrong, one sentence each, with what would be right; empty if the project can be written."""
    return [text for text in _problems(answers) if text]


def _problems(answers: Answers) -> Iterator[str]:
    name = "a letter, then letters, digits, - and _, at most 40"
    yield _unless(_NAME, "--name", answers.project, name)
    yield _unless(_NAME, "--owner", answers.owner, name)
    yield _unless(_FLOW, "--flow", answers.flow, "2 to 40 small letters, digits and inner hyphens")
    if answers.flow in ("contacts", "defaults"):
        yield f"--flow {answers.flow!r}: monitors/{answers.flow}.yaml has a meaning of its own; choose another id"
    if answers.stack == "local":
        yield "--stack 'local': that stack is on the pretend cloud and always written; name the one on your account"
    elif answers.stack:
        yield _unless(_NAME, "--stack", answers.stack, name)
        yield _unless(_ACCOUNT, "--account", answers.account, "the main account's number, digits only")
        yield _unless(_REGION, "--region", answers.region, "a region such as cn-hangzhou")
    elif answers.account or (answers.region and not answers.backend):
        yield "--account and --region describe a stack on your account; name it too, such as --stack prod"
    yield _backend_problem(answers)


def _unless(pattern: re.Pattern[str], option: str, value: str, right: str) -> str:
    if pattern.fullmatch(value):
        return ""
    return f"{option} {value!r}: must be {right}" if value else f"{option}: is missing; give {right}"


def _backend_problem(answers: Answers) -> str:
    right = "a URL such as file:///srv/state, oss://bucket or s3://bucket"
    if not answers.backend:
        return f"--backend: is missing; give {right}, where the engine keeps its state" if answers.stack else ""
    parts = urlsplit(answers.backend)
    if parts.scheme not in SCHEMES or not (parts.netloc or parts.path):
        return f"--backend {answers.backend!r}: must be {right}"
    if parts.scheme == "oss" and not answers.region:
        return f"--backend {answers.backend!r}: OSS needs --region, which decides its address"
    return ""


def backend_url(answers: Answers) -> str:
    """The backend in the engine's words.

    OSS takes the S3 protocol with the bucket in the host name and without chunked uploads, which newer clients send by
    default (help.aliyun.com/en/oss/developer-reference/use-aws-sdks-to-access-oss). Never tried on a live bucket.
    """
    parts = urlsplit(answers.backend)
    if parts.scheme != "oss":
        return answers.backend
    query = urlencode(
        {
            "endpoint": f"https://s3.oss-{answers.region}.aliyuncs.com",
            "region": answers.region,
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
        safe=":/",
    )
    return f"s3://{parts.netloc}{parts.path}?{query}"
