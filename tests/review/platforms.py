"""The three platforms on the loopback, field by field from the references that flowvigil/review/posting names.

Each keeps comments in memory and can be told to be out of order.
"""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

GOOD = "token-canary-4711"


@dataclass
class Platform:
    """`answers` are (status, headers) to give instead, None to hang up, one per request; `asked` what came in."""

    kind: str
    comments: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    before: dict = field(default_factory=dict)
    root: str = ""
    next_id: int = 100

    def add(self, body, mine=True):
        self.next_id += 1
        self.comments.append({"id": self.next_id, "body": body, "mine": mine, "resolved": False})
        return self.next_id

    def bodies(self):
        return [one["body"] for one in self.comments if not one["resolved"]]

    def change(self, number, **values):
        found = [one for one in self.comments if one["id"] == number]
        for one in found:
            one.update(values)
        return bool(found)

    def remove(self, number):
        kept = [one for one in self.comments if one["id"] != number]
        gone, self.comments = len(kept) < len(self.comments), kept
        return gone


def github(platform, method, path, query, body, headers):
    if headers.get("Authorization") != f"Bearer {GOOD}":
        return 401, {"message": "Bad credentials"}
    listing = "/repos/acme/watch/issues/7/comments"
    number = int(path.rsplit("/", 1)[1]) if path.startswith("/repos/acme/watch/issues/comments/") else None
    if path == listing and method == "GET":
        return 200, [github_comment(one) for one in paged(platform.comments, query)]
    if path == listing and method == "POST":
        return 201, github_comment({"id": platform.add(body["body"]), "body": body["body"], "mine": True})
    if number and method == "PATCH" and platform.change(number, body=body["body"]):
        return 200, github_comment({"id": number, "body": body["body"], "mine": True})
    if number and method == "DELETE" and platform.remove(number):
        return 204, None
    return 404, {"message": "Not Found"}


def github_comment(one):
    who = {"login": "github-actions[bot]" if one["mine"] else "eve", "type": "Bot" if one["mine"] else "User"}
    return {"id": one["id"], "body": one["body"], "user": who, "author_association": "NONE"}


def gitlab(platform, method, path, query, body, headers):  # noqa: PLR0911 - a table of routes
    if headers.get("PRIVATE-TOKEN") != GOOD:
        return 401, {"message": "401 Unauthorized"}
    if (method, path) == ("GET", "/user"):
        return 200, {"id": 5, "username": "project_1_bot"}
    notes = "/projects/42/merge_requests/7/notes"
    number = int(path.rsplit("/", 1)[1]) if path.startswith(f"{notes}/") else None
    if path == notes and method == "GET":
        assert query["sort"] == ["asc"]
        return 200, [gitlab_note(one) for one in paged(platform.comments, query)]
    if path == notes and method == "POST":
        return 201, gitlab_note({"id": platform.add(body["body"]), "body": body["body"], "mine": True})
    if number and method == "PUT" and platform.change(number, body=body["body"]):
        return 200, {"id": number}
    if number and method == "DELETE" and platform.remove(number):
        return 204, None
    return 404, {"message": "404 Not found"}


def gitlab_note(one):
    return {"id": one["id"], "body": one["body"], "author": {"id": 5 if one["mine"] else 6}, "system": False}


def codeup(platform, method, path, query, body, headers):  # noqa: PLR0911 - a table of routes
    if headers.get("x-yunxiao-token") != GOOD:
        return 401, {"errorCode": "InvalidToken"}
    request = "/oapi/v1/codeup/organizations/org1/repositories/group%2Fwatch/changeRequests/7"
    number = int(path.rsplit("/", 1)[1]) if method == "PUT" and path.startswith(f"{request}/comments/") else None
    if (method, path) == ("GET", "/oapi/v1/codeup/organizations/org1/changeRequests"):
        assert (query["projectIds"], query["state"], query["perPage"]) == (["group/watch"], ["opened"], ["100"])
        return 200, codeup_requests() if query["page"] == ["1"] else []
    if (method, path) == ("GET", f"{request}/diffs/patches"):
        return 200, [
            {"patchSetBizId": "target", "relatedMergeItemType": "MERGE_TARGET", "versionNo": 1},
            {"patchSetBizId": "old", "relatedMergeItemType": "MERGE_SOURCE", "versionNo": 1},
            {"patchSetBizId": "new", "relatedMergeItemType": "MERGE_SOURCE", "versionNo": 2},
        ]
    if (method, path) == ("POST", f"{request}/comments/list"):
        open_ones = [one for one in platform.comments if not one["resolved"]]
        return 200, [codeup_comment(one) for one in reversed(open_ones)]
    if (method, path) == ("POST", f"{request}/comments"):
        assert (body["comment_type"], body["patchset_biz_id"]) == ("GLOBAL_COMMENT", "new")
        assert 1 <= len(body["content"]) <= 65535
        return 200, codeup_comment({"id": platform.add(body["content"]), "body": body["content"]})
    if number:
        changes = {"body": body["content"]} if "content" in body else {"resolved": body["resolved"]}
        return (200, {"result": True}) if platform.change(number, **changes) else (404, {"errorCode": "NotFound"})
    return 404, {"errorCode": "NotFound"}


def codeup_requests():
    branches = {7: "faster", 8: "twice", 9: "twice"}
    return [{"localId": number, "sourceBranch": branch, "state": "UNDER_REVIEW"} for number, branch in branches.items()]


def codeup_comment(one):
    time = f"2026-01-01T00:00:00.{one['id']:06}Z"
    kind = "GLOBAL_COMMENT"
    return {"comment_biz_id": str(one["id"]), "content": one["body"], "comment_time": time, "comment_type": kind}


def paged(rows, query):
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return rows[(page - 1) * size : page * size]


KINDS = {"github": github, "gitlab": gitlab, "codeup": codeup}


@contextmanager
def serving(kind):
    platform = Platform(kind)

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            platform.asked.append((self.command, parts.path))
            hook = platform.before.pop((self.command, len(platform.asked)), None)
            if hook:
                hook()
            told = platform.answers.pop(0) if platform.answers else (0, {})
            if told is None:
                return
            status, headers = told
            if status:
                data = {"message": "no"}
            else:
                query = parse_qs(parts.query)
                status, data = KINDS[kind](platform, self.command, parts.path, query, body, self.headers)
            text = b"" if data is None else json.dumps(data).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the server asks for these

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    platform.root = f"http://127.0.0.1:{server.server_port}"
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
