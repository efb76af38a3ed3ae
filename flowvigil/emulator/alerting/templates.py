"""Content templates: `{{ alert.annotations.title }}` and what else the page on template syntax borrows from Jinja.

Rendered in a sandbox. A variable that is not there is an empty text, an object is its JSON (both documented).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
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


def framed(kind: str, locale: str, title: str, details: Sequence[str], by: str) -> str:
    """What the service puts around the texts of all alerts of one message (page on content that is not customised)."""
    before, after = FRAMES.get(kind, FRAMES["sms"])
    chinese = locale != "en-US"
    head = before[chinese].format(title=title, count=len(details), by=by)
    return head + after.join(details)


def posted(part: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The bodies of posts to a webhook: one for each alert, or with `batch` one list, of JSON where all are (page on
    creating a content template). `limit` is how many alerts of a set are told, 0 for all.
    """
    found = [rendered(str(part.get("content") or ""), one) for one in alerts]
    if part.get("send_type") != "batch":
        return found
    limit = part.get("limit") or len(found)
    values: list[Any] = found[: int(limit)]
    with contextlib.suppress(ValueError, RecursionError):
        values = [json.loads(one) for one in values]
    return [json.dumps(values, ensure_ascii=False)]


FRAMES = {
    "dingtalk": (
        (
            "### {title}\n\n- Number of alerts: {count}\n- Merge rule: {by}\n\n#### Alert details:\n\n",
            "### {title}\n\n- 告警数量: {count}\n- 合并基准: {by}\n\n#### 告警详情:\n\n",
        ),
        "\n",
    ),
    "email": (
        (
            "Dear User:\nLog Service has a new set of alerts ({count} entries). Alert details:\n",
            "尊敬的用户: 日志服务有一组新的告警 (共 {count} 条), 告警详情:\n",
        ),
        "\n",
    ),
    "sms": (
        (
            "Log Service has a total of {count} alerts. Alert details: ",
            "日志服务共有 {count} 条告警, 告警详情: ",
        ),
        "; ",
    ),
}
"""English and Chinese, and what stands between two alerts; the Chinese words and the joints are assumed."""
