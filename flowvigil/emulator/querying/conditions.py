"""Search terms as SQL conditions over the columns of a logstore, so that the database finds the lines.

A word stands for itself between two delimiters of its field. Words of one term may stand anywhere, unless it is a
phrase. Without a full-text index a word without a field is looked for in the fields of type text (indexes' page).
"""

from __future__ import annotations

import re

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.querying.fields import BETWEEN_FIELDS, Field, Index, Words
from flowvigil.emulator.querying.search import All, Any, Anything, Compare, Exists, Not, Term, Word
from flowvigil.emulator.sls.errors import invalid

WHOLE = " whole"
"""The column that holds all values of a line; no field can have this name."""
_CJK = re.compile(r"[\u3400-\u9fff]")


def condition(term: Term, index: Index) -> str:
    """SQL that is true of the lines that a term matches; CloudError for fields that the index lacks."""
    if isinstance(term, Anything):
        return "true"
    if isinstance(term, (All, Any)):
        return "(" + (" AND " if isinstance(term, All) else " OR ").join(condition(t, index) for t in term.terms) + ")"
    if isinstance(term, Not):
        return f"NOT coalesce({condition(term.term, index)}, false)"
    if isinstance(term, Exists):
        return f"{column(_known(index, term.field).name)} IS NOT NULL"
    if isinstance(term, Compare):
        return _compared(term, index)
    return _anywhere(term, index) if term.field is None else _in_field(term, _known(index, term.field))


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


def _in_field(term: Word, field: Field) -> str:
    name = column(field.name)
    if field.numeric:
        try:
            return f"{name} = {float(term.text)!r}"
        except ValueError:
            raise invalid(
                f"{field.name} is of type {field.type} in the index, and {term.text!r} is no number"
            ) from None
    if term.text == "":
        return f"{name} = ''"
    matched = _matched(name, term, field.words)
    whole = field.words.split(term.text) == [term.text] and not _wild(term)
    return f"({name} = {literal(term.text)} OR {matched})" if whole else matched


def _anywhere(term: Word, index: Index) -> str:
    if index.whole is not None:
        return _matched(column(WHOLE), term, index.whole)
    texts = [field for field in index.fields if not field.numeric]
    return "(" + " OR ".join(_in_field(Word(field.name, term.text, term.phrase), field) for field in texts) + ")"


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
