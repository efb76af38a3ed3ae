"""GitLab's door: notes of a merge request.

Paths, fields and headers: REST API, "Notes API" (docs.gitlab.com/api/notes, section merge requests): list with
per_page, page, sort and order_by, create with POST, update with PUT, delete with DELETE; tokens go into PRIVATE-TOKEN.
A job's own CI_JOB_TOKEN may not write notes, so the token is a project access token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .door import PAGES, Comment, Line, PostingError

NEEDS = "the scope api and the role Reporter or higher"


class GitLab:
    """One merge request on GitLab; only notes of the token's own user count as ours."""

    def __init__(self, line: Line, project: str, number: int) -> None:
        self._line = line
        self._notes = f"/projects/{project}/merge_requests/{number}/notes"
        self._me: int | None = None

    def comments(self) -> Iterator[Comment]:
        """All our notes, oldest first."""
        if self._me is None:
            self._me = self._line.ask("GET", "/user")[0]["id"]
        for page in range(1, PAGES + 1):
            query = f"?per_page=100&page={page}&sort=asc&order_by=created_at"
            rows, _ = self._line.ask("GET", self._notes + query)
            yield from (Comment(str(row["id"]), row["body"]) for row in rows if row["author"]["id"] == self._me)
            if len(rows) < 100:
                return

    def create(self, body: str) -> None:
        """Add a note."""
        self._line.ask("POST", self._notes, {"body": body}, adds=True)

    def update(self, comment: str, body: str) -> None:
        """Change a note."""
        self._line.ask("PUT", f"{self._notes}/{comment}", {"body": body})

    def delete(self, comment: str) -> None:
        """Remove a note."""
        self._line.ask("DELETE", f"{self._notes}/{comment}")


def gitlab(environment: Mapping[str, str], number: int | None) -> GitLab:
    """The door as the variables of GitLab CI describe it. Raises PostingError naming what is missing."""
    token, project = environment.get("GITLAB_TOKEN", ""), environment.get("CI_PROJECT_ID", "")
    if not token:
        raise PostingError(f"GITLAB_TOKEN is not set; make a project access token with {NEEDS}, masked and protected")
    number = number or _number(environment.get("CI_MERGE_REQUEST_IID", ""))
    if not project or number is None:
        raise PostingError("CI_PROJECT_ID and --number or CI_MERGE_REQUEST_IID are needed: run it for a merge request")
    root = environment.get("CI_API_V4_URL", "https://gitlab.com/api/v4").rstrip("/")
    return GitLab(Line(root, ("PRIVATE-TOKEN", token), NEEDS, "GitLab"), project, number)


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
