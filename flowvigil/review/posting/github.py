"""GitHub's door: issue comments of a pull request.

Paths, fields and headers: REST API, "Endpoints for issue comments" (docs.github.com/rest/issues/comments):
list with per_page and page, create with POST, update with PATCH, delete with DELETE; a body of 65,536 characters.
Only comments of the token's own kind count as ours: a person cannot put words into our mouth by writing the marker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .door import PAGES, Comment, Line, PostingError

NEEDS = "permissions: pull-requests: write"


class GitHub:
    """One pull request on GitHub."""

    def __init__(self, line: Line, repository: str, number: int) -> None:
        self._line = line
        self._list = f"/repos/{repository}/issues/{number}/comments"
        self._one = f"/repos/{repository}/issues/comments"

    def comments(self) -> Iterator[Comment]:
        """All comments by bots, oldest first."""
        for page in range(1, PAGES + 1):
            rows, _ = self._line.ask("GET", f"{self._list}?per_page=100&page={page}")
            yield from (Comment(str(row["id"]), row["body"] or "") for row in rows if row["user"]["type"] == "Bot")
            if len(rows) < 100:
                return

    def create(self, body: str) -> None:
        """Add a comment."""
        self._line.ask("POST", self._list, {"body": body}, adds=True)

    def update(self, comment: str, body: str) -> None:
        """Change a comment."""
        self._line.ask("PATCH", f"{self._one}/{comment}", {"body": body})

    def delete(self, comment: str) -> None:
        """Remove a comment."""
        self._line.ask("DELETE", f"{self._one}/{comment}")


def github(environment: Mapping[str, str], number: int | None) -> GitHub:
    """The door as the variables of GitHub Actions describe it. Raises PostingError naming what is missing."""
    token, repository = environment.get("GITHUB_TOKEN", ""), environment.get("GITHUB_REPOSITORY", "")
    if not token:
        raise PostingError("GITHUB_TOKEN is not set; in the job: env: GITHUB_TOKEN: ${{ github.token }}")
    if not repository or number is None:
        raise PostingError("GITHUB_REPOSITORY (owner/name) and --number, the pull request's number, are needed")
    root = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    return GitHub(Line(root, ("Authorization", f"Bearer {token}"), NEEDS, "GitHub"), repository, number)
