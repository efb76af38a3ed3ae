"""What spans tell of the inside of the flows around them, kept until the flow is reported.

Inner spans arrive first; each gives what it knows to its parent, which may not have arrived yet. Spans that arrive
after their parent tell nobody.
"""

from __future__ import annotations

from collections import OrderedDict

from ..integrations.inside_spans import Inside
from .spans import Seen

MOST = 50_000
"""So many spans may wait for their parent; beyond, the oldest are forgotten."""


class Insides:
    """Takes every span once, in the order of arrival."""

    def __init__(self) -> None:
        self._of: OrderedDict[tuple[bytes, bytes], Inside] = OrderedDict()

    def learn(self, span: Seen, *, flow: bool) -> None:
        """A span has ended. A flow's own share is kept for `told`."""
        key = (span.trace, span.span)
        own = self._of.pop(key, None) or Inside()
        tells = own.close(span.said, span.started_ns, span.ended_ns)
        if flow:
            self._of[key] = own
        if tells and span.parent:
            self._of.setdefault((span.trace, span.parent), Inside()).children.append(own)
        while len(self._of) > MOST:
            self._of.popitem(last=False)

    def told(self, span: Seen) -> tuple[tuple[str, float], ...]:
        """The measures of a flow that is reported now."""
        own = self._of.pop((span.trace, span.span), None) or Inside()
        return own.told(span.started_ns)
