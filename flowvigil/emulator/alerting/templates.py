"""Content templates: `{{ alert.annotations.title }}` and what else the page on template syntax borrows from Jinja.

Rendered in a sandbox. A variable that is not there is an empty text, an object is its JSON (both documented).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

BUILTIN = {
    "title": "{{ alert.alert_name }}",
    "content": "### {{ alert.alert_name }}\n\n- {{ alert.status }} {{ alert.severity }}\n- {{ alert.labels }}\n"
    "- {{ alert.annotations }}\n\n[Query]({{ alert.query_url }})",
}
"""Stands for the built-in templates, whose text is not published."""


class TemplateTextError(ValueError):
    """A template that cannot be rendered."""


def _shown(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=ChainableUndefined, finalize=_shown, autoescape=False)


@lru_cache(maxsize=256)
def _read(text: str) -> Template:
    return ENVIRONMENT.from_string(text)


def rendered(text: str, alert: Mapping[str, Any]) -> str:
    """The text of a message. TemplateTextError says what is wrong with the template."""
    try:
        return str(_read(text).render(alert=alert))
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, OverflowError) as error:
        raise TemplateTextError(f"the content template cannot be rendered: {error}") from None
