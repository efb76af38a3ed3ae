"""The chain of sources and its memory: the first source that gives keys is kept and refreshed before they expire."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence

from ..notice import warn
from ..sinks.cloud import CannotSignError
from ..wire.http import Transport
from ..wire.rpc import Keys
from .environment import environment
from .metadata import credentials_uri, metadata
from .profile import profile
from .roles import assume_role, oidc
from .source import Context, NoKeysError

Source = Callable[[Context], "Keys | None"]

AHEAD_S = 300.0
"""Temporary keys are renewed this long before they expire."""
RETRY_S = 10.0
"""After a failure the sources are asked again only this much later."""
SOURCES: tuple[Source, ...] = (assume_role(environment), environment, oidc, profile, metadata, credentials_uri)
"""In the vendor's documented order; keys in the environment together with a role's name are traded for the role's."""


class Chain:
    """Access keys from the first of `sources` that is set up. Safe for several sending threads."""

    def __init__(
        self, sources: Sequence[Source] = SOURCES, environ: Mapping[str, str] = os.environ,
        transport: Transport | None = None,
    ) -> None:  # fmt: skip
        self._sources, self._environ = sources, environ
        self._transport = transport or Transport()
        self._keys: Keys | None = None
        self._retry_at, self._trouble = 0.0, ""
        self._lock = threading.Lock()

    def keys(self, now: float, timeout_s: float) -> Keys:
        """Valid keys. Raises CannotSignError; keys that are about to expire serve until they do."""
        with self._lock:
            keys = self._keys
            if keys is not None and (keys.expires is None or now < keys.expires - AHEAD_S):
                return keys
            if now >= self._retry_at or now < self._retry_at - 2 * RETRY_S:
                self._renew(now, timeout_s)
            keys = self._keys
            if keys is None or (keys.expires is not None and now >= keys.expires):
                raise CannotSignError(self._trouble)
            return keys

    def expired(self) -> None:
        """Forget the keys: the service refused them."""
        with self._lock:
            self._keys = None

    def _renew(self, now: float, timeout_s: float) -> None:
        context = Context(self._environ, self._transport, now, timeout_s)
        try:
            found = next((keys for source in self._sources if (keys := source(context)) is not None), None)
        except NoKeysError as error:
            found, self._trouble = None, str(error)
        else:
            self._trouble = "no credentials: none of the known sources is set up"
        finally:
            self._transport.close()
        if found is not None:
            self._keys = found
        else:
            self._retry_at = now + RETRY_S
            warn("credentials", self._trouble)


class Given:
    """Keys from a function of the application's own: the only way to put a literal key into code."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._keys: Keys | None = None

    def keys(self, now: float, timeout_s: float) -> Keys:
        """What the function returns: Keys, or a tuple (id, secret[, token[, expires]]). Raises CannotSignError."""
        if self._keys is None or (self._keys.expires is not None and now >= self._keys.expires - AHEAD_S):
            try:
                found = self._function()
                self._keys = found if isinstance(found, Keys) else Keys(*found)  # type: ignore[misc]
            except Exception as error:
                raise CannotSignError(f"the credentials function failed: {type(error).__name__}") from error
        return self._keys

    def expired(self) -> None:
        self._keys = None
