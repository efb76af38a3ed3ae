"""Codeup's door: comments of a merge request in Alibaba Cloud's Yunxiao.

Paths, fields and header: Yunxiao OpenAPI, CreateChangeRequestComment and ListMergeRequestComments
(help.aliyun.com/zh/yunxiao/developer-reference): the list is a POST; a global comment names the newest patch set of the
source; content of 1 to 65,535 characters; the token goes into x-yunxiao-token. Updating (PUT of content on the
comment's biz id) and the list of patch sets follow Alibaba's own published client (alibabacloud-devops-mcp-server).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from .door import Comment, Line, PostingError

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
        self._line.ask("POST", f"{self._request}/comments", {**comment, "patchset_biz_id": self._newest()})

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
    repository = environment.get("CODEUP_REPOSITORY_ID", "")
    if not repository or number is None:
        raise PostingError("CODEUP_REPOSITORY_ID and --number, the merge request's number, are needed")
    root = environment.get("YUNXIAO_API_URL", "https://openapi-rdc.aliyuncs.com").rstrip("/")
    line = Line(root, ("x-yunxiao-token", token), NEEDS, "Codeup")
    return Codeup(line, environment.get("YUNXIAO_ORGANIZATION_ID", ""), repository, number)
