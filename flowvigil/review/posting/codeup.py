"""Codeup's door: comments of a merge request in Alibaba Cloud's Yunxiao.

Paths, fields and header: Yunxiao OpenAPI, CreateChangeRequestComment and ListMergeRequestComments
(help.aliyun.com/zh/yunxiao/developer-reference): the list is a POST; a global comment names the newest patch set of the
source; content of 1 to 65,535 characters; the token goes into x-yunxiao-token. Updating (PUT of content on the
comment's biz id), the list of patch sets and ListChangeRequests follow Alibaba's own published client
(alibabacloud-devops-mcp-server). Flow tells its jobs the branch of a merge request but not the number
(help.aliyun.com/zh/yunxiao/user-guide/environment-variables), so the number is looked up by the branch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from .door import PAGES, Comment, Line, PostingError

NEEDS = "read and write on 代码管理 / 合并请求 (merge requests)"


class Codeup:
    """One merge request on Codeup."""

    def __init__(self, line: Line, organization: str, repository: str, number: int) -> None:
        self._line = line
        whose = f"/organizations/{organization}" if organization else ""
        self._request = f"/oapi/v1/codeup{whose}/repositories/{quote(repository, safe='')}/changeRequests/{number}"

    def comments(self) -> Iterator[Comment]:
        """All open global comments, oldest first."""
        wanted = {"comment_type": "GLOBAL_COMMENT", "state": "OPENED", "resolved": False}
        rows, _ = self._line.ask("POST", f"{self._request}/comments/list", wanted)
        rows = sorted(rows or (), key=lambda row: str(row.get("comment_time") or ""))
        yield from (Comment(row["comment_biz_id"], row.get("content") or "") for row in rows)

    def create(self, body: str) -> None:
        """Add a global comment to the newest patch set."""
        comment = {"comment_type": "GLOBAL_COMMENT", "content": body, "draft": False, "resolved": False}
        whole = {**comment, "patchset_biz_id": self._newest()}
        self._line.ask("POST", f"{self._request}/comments", whole, adds=True)

    def update(self, comment: str, body: str) -> None:
        """Change a comment."""
        self._line.ask("PUT", f"{self._request}/comments/{comment}", {"content": body})

    def delete(self, comment: str) -> None:
        """Mark a comment as resolved, which takes it out of the list: no call that deletes one is published."""
        self._line.ask("PUT", f"{self._request}/comments/{comment}", {"resolved": True})

    def _newest(self) -> str:
        rows, _ = self._line.ask("GET", f"{self._request}/diffs/patches")
        sources = [row for row in rows or () if row.get("relatedMergeItemType") == "MERGE_SOURCE"]
        if not sources:
            raise PostingError("Codeup knows no version of this merge request's source yet; run the job again")
        return str(max(sources, key=lambda row: int(row.get("versionNo") or 0))["patchSetBizId"])


def codeup(environment: Mapping[str, str], number: int | None) -> Codeup:
    """The door as the pipeline's variables describe it. Raises PostingError naming what is missing."""
    token = environment.get("YUNXIAO_TOKEN", "")
    if not token:
        raise PostingError(f"YUNXIAO_TOKEN is not set; make a personal access token with {NEEDS}")
    repository, branch = environment.get("CODEUP_REPOSITORY_ID", ""), environment.get("CI_COMMIT_REF_NAME", "")
    if not repository or (number is None and not branch):
        raise PostingError("CODEUP_REPOSITORY_ID and --number or CI_COMMIT_REF_NAME, the branch, are needed")
    root = environment.get("YUNXIAO_API_URL", "https://openapi-rdc.aliyuncs.com").rstrip("/")
    line = Line(root, ("x-yunxiao-token", token), NEEDS, "Codeup")
    organization = environment.get("YUNXIAO_ORGANIZATION_ID", "")
    return Codeup(line, organization, repository, number or _number(line, organization, repository, branch))


def _number(line: Line, organization: str, repository: str, branch: str) -> int:
    """The number of the one open merge request of a branch. Raises PostingError."""
    whose = f"/organizations/{organization}" if organization else ""
    found: list[int] = []
    for page in range(1, PAGES + 1):
        query = urlencode({"projectIds": repository, "state": "opened", "page": page, "perPage": 100})
        rows = line.ask("GET", f"/oapi/v1/codeup{whose}/changeRequests?{query}")[0] or []
        found += [int(row["localId"]) for row in rows if row.get("sourceBranch") == branch]
        if len(rows) < 100:
            break
    if len(found) != 1:
        raise PostingError(f"branch {branch!r} has {len(found)} open merge requests, not one; name it with --number")
    return found[0]
