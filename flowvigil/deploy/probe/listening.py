"""A door that the service may post to: callbacks of rules and messages to a robot, kept as they came."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

LONGEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Post:
    """One request: path with query, kind of content, body."""

    target: str
    kind: str
    body: bytes


@dataclass
class Listener:
    """Listens on a port of this machine; `address` is how the service reaches it. Ends with the `with` block."""

    address: str = ""
    port: int = 0
    host: str = "127.0.0.1"
    posts: list[Post] = field(default_factory=list)

    def __enter__(self) -> Listener:
        self._server = ThreadingHTTPServer((self.host, self.port), _handler(self.posts))
        self.address = self.address.rstrip("/") or f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def callback(self) -> str:
        """What a rule's Webhook is set to."""
        return f"{self.address}/callback"

    @property
    def robot(self) -> str:
        """What a contact's DingTalk robot is set to."""
        return f"{self.address}/robot/send?access_token=probe"

    def callbacks(self) -> list[Post]:
        """What rules posted."""
        return [one for one in self.posts if urlsplit(one.target).path.endswith("/callback")]

    def messages(self) -> list[Post]:
        """What was posted to the robot."""
        return [one for one in self.posts if urlsplit(one.target).path.endswith("/robot/send")]


def _handler(posts: list[Post]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), LONGEST_BYTES)
            posts.append(Post(self.path, self.headers.get("Content-Type", ""), self.rfile.read(length)))
            answer = b'{"errcode": 0, "errmsg": "ok"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
