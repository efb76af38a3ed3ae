"""The real yaml-language-server, installed once into the user's cache, spoken to over its protocol."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.editor.node import node, npm

VERSION = "1.19.2"
HOME = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "flowvigil/test-envs/yaml-language-server"
PACKAGE = HOME / "node_modules/yaml-language-server"


def installed() -> Path:
    """The package's folder; npm brings it the first time."""
    if not (PACKAGE / "package.json").exists():
        HOME.mkdir(parents=True, exist_ok=True)
        wanted = f"yaml-language-server@{VERSION}"
        subprocess.run([*npm(), "install", "--silent", "--no-audit", "--no-fund", wanted], cwd=HOME, check=True)
    return PACKAGE


class Server:
    """One process; every call waits for its answer."""

    def __init__(self, schema: dict[str, Any], folder: Path) -> None:
        command = [*node(), str(installed() / "bin/yaml-language-server"), "--stdio"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._number = 0
        self._folder = folder
        path = folder / "spec.schema.json"
        path.write_text(json.dumps(schema), encoding="utf-8")
        yaml = {"validate": True, "hover": True, "completion": True, "schemas": {path.as_uri(): "*.yaml"}}
        self._settings = {"yaml": {**yaml, "schemaStore": {"enable": False}}}
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        able = {"workspace": {"configuration": True}, "textDocument": {"publishDiagnostics": {}}}
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": able})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": self._settings}})
        # its settings and the schema are read with the first document, and only then does it complete
        self.diagnostics("first.yaml", "flow: poem\n")

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result of one request."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                return message.get("result")

    def opened(self, name: str, text: str) -> dict[str, str]:
        """Open a document; the result names it in requests."""
        uri = (self._folder / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return {"uri": uri}

    def diagnostics(self, name: str, text: str) -> list[dict[str, Any]]:
        """What the server finds wrong with a document."""
        uri = self.opened(name, text)["uri"]
        until = time.monotonic() + 60
        while uri not in self._diagnostics and time.monotonic() < until:
            self._receive()
        return self._diagnostics[uri]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while (line := self._process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "workspace/configuration":
            found = [self._settings.get(item.get("section", ""), {}) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": found})
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        elif message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message
