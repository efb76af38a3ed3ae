"""What people read about a check: `lint --explain`, docs/checks/NAME.md and the list of all of them."""

from __future__ import annotations

from .check import Check, Grade
from .checks import CHECKS

_GRADES = {
    Grade.ERROR: ("cannot be deployed", "无法部署"),
    Grade.WARNING: ("a pager that lies or stays silent", "误报或漏报"),
    Grade.INFO: ("advice, shown with --info", "建议，使用 --info 显示"),
}
_ASKED = {
    "live": "Runs with `--live` only: it asks the account, or the pretend cloud.",
    "language": "Made by the reading of the language, so it cannot be ignored.",
    "comment": "About comments, so it cannot be ignored.",
    "folder": "Looks at all flows of the folder together.",
}


def explained(check: Check, lang: str) -> str:
    """One check for the terminal."""
    which = 1 if lang == "zh" else 0
    wrong, right = ("错误示例", "正确示例") if which else ("fires on", "not on")
    grade = f"{check.grade.value}: {_GRADES[check.grade][which]}"
    parts = [f"{check.id} ({grade})", check.why[which], _bare(check.fix[which])]
    if check.about != "live":
        parts += [f"{wrong}:\n{_indented(check.bad)}", f"{right}:\n{_indented(check.good)}"]
    return "\n\n".join(parts)


def _bare(text: str) -> str:
    """A sentence of which no hole is filled yet."""
    return text.replace("{nearest}", "").replace("{{", "{").replace("}}", "}")


def _indented(text: str) -> str:
    lines = text.splitlines()
    shown = [*lines[:24], "…"] if len(lines) > 24 else lines
    return "\n".join(f"  {line}" for line in shown)


def page(check: Check) -> str:
    """docs/checks/NAME.md."""
    lines = [
        f"# {check.id}",
        "",
        f"{check.grade.value}: {_GRADES[check.grade][0]}.",
        "",
        check.why[0],
        "",
        check.why[1],
    ]
    lines += ["", f"What to do: {_bare(check.fix[0])}."]
    if check.repairs:
        lines += ["", "`flowvigil lint --fix` does it."]
    if check.about in _ASKED:
        lines += ["", _ASKED[check.about]]
    if check.about != "live":
        lines += ["", "Fires on", "", "```yaml", *_short(check.bad), "```", "", "but not on", "", "```yaml"]
        lines += [*_short(check.good), "```"]
    if check.about not in ("language", "comment"):
        lines += ["", "To ignore it for a while, at the line or above it:", "", "```yaml"]
        lines += [f"# flowvigil: ignore {check.id} until 2027-01-31 because …", "```"]
    return "\n".join(lines) + "\n"


def _short(example: str) -> list[str]:
    lines = example.splitlines()
    return [*lines[:24], "# … and so on"] if len(lines) > 24 else lines


def listed(lang: str) -> str:
    """All checks, one a line, with grade and reason."""
    which = 1 if lang == "zh" else 0
    wide = max(map(len, CHECKS))
    return "\n".join(f"{one.id:{wide}}  {one.grade.value:7}  {one.why[which]}" for one in CHECKS.values())


def _file(check: Check) -> str:
    return f"{check.id.replace('/', '-')}.md"


def index() -> str:
    """docs/checks/README.md."""
    rows = [
        f"| [{one.id}]({one.id.replace('/', '-')}.md) | {one.grade.value} | {one.why[0]} |" for one in CHECKS.values()
    ]
    head = [
        "# Checks", "", "This folder is generated: `flowvigil export checks -o docs/checks` writes it.", "",
        "An error cannot be deployed, a warning lets a pager lie or stay silent, info is advice (`--info`).",
        "What the language itself refuses has the id `spec/…` and says in its message what would be right.", "",
        "| check | grade | why |", "|---|---|---|",
    ]  # fmt: skip
    return "\n".join([*head, *rows]) + "\n"


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    found = {_file(one): page(one) for one in CHECKS.values()}
    return {"README.md": index(), **found}
