"""What people read: one English and one Chinese sentence per problem, and what would be right.

The sentences stand in messages.json, with `{holes}`.
Values are shown only after masking, for a file may hold a key by mistake.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path as File

from .clear_text import masked

Entry = tuple[str, str, str, str]
_LONGEST = 80
_OURS = frozenset({"right", "right_zh", "reason"})
_CHINESE = {
    "a list": "列表",
    "an empty list": "空列表",
    "a mapping": "键值映射",
    "an empty mapping": "空映射",
    "none": "无",
    "it is not a regular file": "不是普通文件",
}
"""What is said in the place of a value that is not shown."""


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, str]]:
    """Per problem id: `en` and `zh` say what is wrong, `fix_en` and `fix_zh` what would be right."""
    found: dict[str, dict[str, str]] = json.loads(File(__file__).with_name("messages.json").read_bytes())
    return found


def sentences(id_: str, values: Mapping[str, object]) -> Entry:
    """The four texts of a problem: message and fix in English, then in Chinese."""
    text = texts()[id_]
    shown = {key: _shown(key, value) for key, value in values.items()}
    shown["raw"] = _shown("", values.get("value"))
    english, chinese = dict(shown), {key: _CHINESE.get(text, text) for key, text in shown.items()}
    if "legal" in values:
        near = nearest(values)
        english["nearest"] = f"did you mean `{near}`? " if near else ""
        chinese["nearest"] = f"是否想写 `{near}`？" if near else ""
    return (
        text["en"].format(**english),
        text.get("fix_en", "").format(**english),
        text["zh"].format(**chinese),
        text.get("fix_zh", "").format(**chinese),
    )


def nearest(values: Mapping[str, object]) -> str:
    """The legal word that is most like the given one, or nothing."""
    legal = values["legal"]
    assert isinstance(legal, (list, tuple))
    asked = str(values.get("key", values.get("value", "")))[:64]
    close = difflib.get_close_matches(asked, [str(one) for one in legal], n=1, cutoff=0.6)
    return close[0] if close else ""


def _shown(key: str, value: object) -> str:
    if key in _OURS:
        return masked(str(value))
    if isinstance(value, (list, tuple, dict)):
        return _collection(value, empty=key == "value")
    text = masked("nothing" if value is None else json.dumps(value) if isinstance(value, bool) else str(value))
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return f"`{text}`" if key == "value" else text


def _collection(value: list[object] | tuple[object, ...] | dict[str, object], *, empty: bool) -> str:
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if not value:
        return "an empty list" if empty else "none"
    return "a list" if empty else ", ".join(_shown("", one) for one in value)
