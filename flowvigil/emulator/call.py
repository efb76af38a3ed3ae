"""One request as a handler sees it: who calls, with which parameters, on which pretend cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowvigil.emulator.documents import parsed
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.tenant import Tenant


@dataclass(frozen=True)
class Reply:
    """An answer with more to it than its body."""

    payload: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """`params` is the un-flattened form of query and form body; `path` holds the path parameters of a REST
    call, `size` the bytes of query and body. What a handler adds to `warnings` stands in the journal.
    """

    tenant: Tenant
    params: dict[str, Any]
    path: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    warnings: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """A scalar parameter as text; a structured value in its place is an error of the caller."""
        value = self.params.get(name, default)
        if isinstance(value, (dict, list)):
            raise CloudError(400, "InvalidParameter", f"{name} must be a single value")
        return str(value)

    def must(self, name: str) -> str:
        """A mandatory scalar parameter."""
        value = self.text(name)
        if not value:
            raise CloudError(400, f"Missing{name}", f"{name} is mandatory for this action.")
        return value

    def items(self, name: str) -> list[Any]:
        """A list parameter `name.1`, `name.2`, …; a single value counts as a list of one, absence as none."""
        value = self.params.get(name, [])
        if isinstance(value, list):
            return value
        return [value] if value != "" else []

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise CloudError(400, "InvalidParameter", f"{name} must be a whole number, not {text!r}") from None

    def document(self) -> dict[str, Any]:
        """The JSON object in the body."""
        try:
            value = parsed(self.body or b"{}")
        except ValueError as error:
            raise CloudError(400, "PostBodyInvalid", f"the body is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise CloudError(400, "PostBodyInvalid", "the body must be a JSON object")
        return value
