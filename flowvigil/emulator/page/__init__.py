"""The page on which people watch a pretend cloud: flows, dashboards, logs, messages, requests. Rendered on the server.

Everything it shows comes from the cloud's own state and is asked for as the console would ask. It changes nothing.
It takes a flow to be whatever series, rules or log lines call `flow`; it knows nothing of specs or plans.
"""

from __future__ import annotations

from flowvigil.emulator.page.site import is_page, site

__all__ = ["is_page", "site"]
