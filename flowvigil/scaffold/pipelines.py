"""Pipelines for a project's CI: lint, preview under the policies, comment; on merge `up`, with a role and no key.

Code of a change runs only where there is no secret. Pure but for reading the templates; knows no project on disk.
Facts: the vendors' references of their files, checked against their published schemas where there are any; for Yunxiao
help.aliyun.com/zh/yunxiao/user-guide/pipeline-sources and environment-variables. None was run on its platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

FILES = Path(__file__).parent / "pipeline-files"
PLATFORMS = ("github", "gitlab", "yunxiao")
ROLE = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN")

_TEMPLATES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "github": {".github/workflows/flowvigil.yaml": ("github", "github-deploy")},
    "gitlab": {".gitlab/flowvigil.yml": ("gitlab", "gitlab-deploy")},
    "yunxiao": {f".yunxiao/flowvigil-{part}.yaml": (f"yunxiao-{part}",) for part in ("preview", "comment", "deploy")},
}
"""Where each file goes and what it is made of; whatever has `deploy` in its name is only for stacks on an account."""

_PREVIEW = {
    "github": '      - run: flowvigil preview --stack {stack} --base "origin/$GITHUB_BASE_REF" --diff',
    "gitlab": "    - flowvigil preview --stack {stack} --base FETCH_HEAD --diff",
    "yunxiao": "                flowvigil preview --stack {stack} --base FETCH_HEAD --diff",
}
_NIGHTLY = '  schedule: [{cron: "17 19 * * *"}]\n'  # UTC, so three o'clock in China
_UP = "                flowvigil up --stack {stack} --yes"
_HIDDEN = "          {name}: ${{{{ secrets.{name} }}}}"
_OF_BACKEND = {"https": ("PULUMI_ACCESS_TOKEN",), "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class Pipelines:
    """What the pipelines of one project need to know.

    `stacks` are those on an account, brought up in this order when `branch` changes; without any, `local` is previewed.
    `backend` is where the engine keeps its state, a URL; `install` the command that brings flowvigil.
    """

    platform: str
    stacks: Sequence[str] = ()
    branch: str = "main"
    backend: str = ""
    install: str = "pip install -r requirements.txt"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The variables that the deploying job needs and no other may see."""
        return ("PULUMI_CONFIG_PASSPHRASE", *_OF_BACKEND.get(self.backend.partition(":")[0], ()))


def problems_of(wanted: Pipelines) -> list[str]:
    """What is wrong with the names that would stand in a pipeline, one sentence each."""
    names = [("--branch", wanted.branch), *(("stack", name) for name in wanted.stacks)]
    wrong = [(what, name) for what, name in names if not _PLAIN.fullmatch(name)]
    return [
        f"{what} {name!r}: must be letters, digits and . _ / -, the first a letter or digit" for what, name in wrong
    ]


def render_pipelines(wanted: Pipelines) -> dict[str, str]:
    """The files of one platform: text by path relative to the project."""
    made = {
        path: "".join(_filled(part, wanted) for part in parts if wanted.stacks or "deploy" not in part)
        for path, parts in _TEMPLATES[wanted.platform].items()
    }
    return {path: text for path, text in made.items() if text}


def next_of(wanted: Pipelines) -> Iterator[str]:
    """What is left to do on the platform, one line each."""
    role, secrets = ", ".join(ROLE), ", ".join(wanted.secrets)
    if wanted.platform == "gitlab":
        yield "in .gitlab-ci.yml: include: [{local: .gitlab/flowvigil.yml}]"
        yield "protected and masked variable GITLAB_TOKEN"
    if wanted.platform == "yunxiao":
        yield "a Flow pipeline from each file, with your addresses in it; in the second the secret YUNXIAO_TOKEN"
    if wanted.stacks:
        yield {
            "github": f"environments STACK and STACK-read for each stack: variables {role}; secrets {secrets}",
            "gitlab": f"protected variables of the environments STACK and STACK-read: {role}, {secrets}",
            "yunxiao": f"in the third ALIBABA_CLOUD_ECS_METADATA, the instance's RAM role, and the secrets {secrets}",
        }[wanted.platform]
    yield "what each of them is: docs/ci.md"


class _Percent(Template):
    delimiter = "%"  # the platforms themselves use the dollar


def _filled(part: str, wanted: Pipelines) -> str:
    preview = _PREVIEW[wanted.platform]
    return _Percent((FILES / f"{part}.yaml").read_text("utf-8")).substitute(
        branch=wanted.branch,
        install=wanted.install,
        schedule=_NIGHTLY if wanted.stacks else "",
        stacks=", ".join(wanted.stacks),
        previews="\n".join(preview.format(stack=stack) for stack in wanted.stacks or ["local"]),
        ups="\n".join(_UP.format(stack=stack) for stack in wanted.stacks),
        secrets="\n".join(_HIDDEN.format(name=name) for name in wanted.secrets),
    )
