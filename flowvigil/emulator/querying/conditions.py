"""Search terms as SQL conditions over the columns of a logstore, so that the database finds the lines.

A word stands for itself between two delimiters of its field. Words of one term may stand anywhere, unless it is a
phrase. Without a full-text index a word without a field is looked for in the fields of type text (indexes' page).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.querying.fields import BETWEEN_FIELDS, Field, Index, Words
from flowvigil.emulator.querying.search import All, Any, Anything, Compare, Exists, Not, Term, Word
from flowvigil.emulator.sls.errors import invalid

LINE = " line"
"""The column that holds the JSON text of a line; no field can have this name."""
WHOLE = f"array_to_string(json_extract_string(\"{LINE}\", '$.*'), '{BETWEEN_FIELDS}')"
Choose = Callable[[str, str], "list[str] | bool | None"]
"""The values of a column that meet a condition on `v`, True for all of them; None where the column has many values."""
_CJK = re.compile(r"[\u3400-\u9fff]")


def condition(term: Term, index: Index, choose: Choose) -> str:
    """SQL that is true of the lines that a term matches; CloudError for fields that the index lacks."""
    if isinstance(term, Anything):
        return "true"
    if isinstance(term, (All, Any)):
        parts = [condition(one, index, choose) for one in term.terms]
        return "(" + (" AND " if isinstance(term, All) else " OR ").join(parts) + ")"
    if isinstance(term, Not):
        return f"NOT coalesce({condition(term.term, index, choose)}, false)"
    if isinstance(term, Exists):
        return f"{column(_known(index, term.field).name)} IS NOT NULL"
    if isinstance(term, Compare):
        return _compared(term, index)
    return _anywhere(term, index, choose) if term.field is None else _in_field(term, _known(index, term.field), choose)


def column(name: str) -> str:
    """A column name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text, quoted."""
    return "'" + text.replace("'", "''") + "'"


def _known(index: Index, name: str) -> Field:
    found = index.get(name)
    if found is None:
        raise unknown_field(name)
    return found


def unknown_field(name: str) -> CloudError:
    """The service's words for a field without an index."""
    return invalid(
        f"key ({name}) is not config as key value config, if symbol : is in your log, please wrap : with quotation mark"
    )


def _compared(term: Compare, index: Index) -> str:
    field = _known(index, term.field)
    if not field.numeric:
        raise invalid(f"{field.name} is of type {field.type} in the index, and only long and double can be compared")
    return f"{column(field.name)} {term.operator} {term.number!r}"


def _in_field(term: Word, field: Field, choose: Choose) -> str:
    name = column(field.name)
    if field.numeric:
        try:
            return f"{name} = {float(term.text)!r}"
        except ValueError:
            raise invalid(f"{field.name} is {field.type} in the index, and {term.text!r} is no number") from None
    if term.text == "":
        return f"{name} = ''"
    chosen = choose(field.name, _matched("v", term, field.words))
    if chosen is None:
        return _matched(name, term, field.words)
    if chosen is True:
        return f"{name} IS NOT NULL"
    return f"{name} IN ({', '.join(map(literal, chosen))})" if chosen else "false"


def _anywhere(term: Word, index: Index, choose: Choose) -> str:
    if index.whole is not None:
        return _in_line(term, index.whole)
    texts = [field for field in index.fields if not field.numeric]
    parts = [_in_field(Word(field.name, term.text, term.phrase), field, choose) for field in texts]
    return "(" + " OR ".join(parts) + ")"


def _in_line(term: Word, words: Words) -> str:
    """A line is taken apart only where its text holds the plain words, which spares most lines the effort."""
    wanted = [] if _wild(term) else [word for word in words.split(term.text) if word.isascii() and word.isalnum()]
    hints = "".join(f"contains(lower({column(LINE)}), {literal(word.lower())}) AND " for word in wanted)
    return f"({hints}{_matched(WHOLE, term, words)})"


def _wild(term: Word) -> bool:
    return not term.phrase and any(sign in term.text for sign in "*?")


def _matched(name: str, term: Word, words: Words) -> str:
    wanted = words.split(term.text.replace("?", "\x00") if _wild(term) else term.text)
    wanted = [word.replace("\x00", "?") for word in wanted]
    if not wanted:
        return "false"
    text, wanted = (name, wanted) if words.case else (f"lower({name})", [word.lower() for word in wanted])
    if words.chinese and all(_CJK.search(word) for word in wanted) and not _wild(term):
        return "(" + " AND ".join(f"contains({text}, {literal(word)})" for word in wanted) + ")"
    edge = re.escape(words.delimiters + BETWEEN_FIELDS)
    patterns = [_pattern(word, edge, wild=_wild(term)) for word in wanted]
    if term.phrase:
        patterns = [f"[{edge}]+".join(patterns)]
    plain = [] if _wild(term) else [f"contains({text}, {literal(word)})" for word in wanted]
    tests = [f"regexp_matches({text}, {literal(f'(^|[{edge}]){one}($|[{edge}])')})" for one in patterns]
    return "(" + " AND ".join(plain + tests) + ")"


def _pattern(word: str, edge: str, *, wild: bool) -> str:
    if not wild:
        return re.escape(word)
    signs = {"*": f"[^{edge}]*", "?": f"[^{edge}]"}
    return "".join(signs.get(letter) or re.escape(letter) for letter in word)
