"""The SQL half of a query, translated: Log Service speaks the Presto family, the columns are DuckDB's.

Only what `functions` lists is let through; a query with anything else is refused with a sentence that names it, and no
query can reach files or other tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.querying import functions
from flowvigil.emulator.querying.division import whole_divisions
from flowvigil.emulator.querying.fields import Index
from flowvigil.emulator.sls.errors import invalid

LOG, NOW = "log", "\x02now\x02"
SHARE, SHARES = "share", "shares"
DEFAULT_ROWS, MOST_ROWS = 100, 1_000_000
"""Rows of a result without LIMIT, and the largest LIMIT (limits of log query and analysis)."""


def translated(sql: str, index: Index, now_ms: int) -> str:
    """DuckDB's form of a query over `log`; `now()` is `now_ms`. CloudError names what is not understood."""
    at = datetime.fromtimestamp(now_ms / 1000 + functions.ZONE_S, timezone.utc)
    return _template(sql, index).replace(NOW, f"{at:%Y-%m-%d %H:%M:%S.%f}")


@lru_cache(maxsize=512)
def _template(sql: str, index: Index) -> str:
    """The translation with a mark for the present, so that a query that is asked every minute is read once."""
    tree = _parsed(sql)
    if tree.args.get("from_") is None and isinstance(tree, exp.Select):
        tree = tree.from_(LOG)
    _check(tree)
    _limit(tree)
    _gather_percentiles(tree)
    for node in reversed(list(tree.walk())):
        rewritten = _rewritten(node)
        if rewritten is not node:
            node.replace(rewritten)
    return whole_divisions(tree, index).sql(dialect="duckdb", identify=True)


def _parsed(sql: str) -> exp.Query:
    try:
        found = [one for one in sqlglot.parse(sql.rstrip().rstrip(";"), read="presto") if one is not None]
    except (ParseError, TokenError) as error:
        raise invalid(f"ParseError: {_where(error)}") from None
    except RecursionError:
        raise invalid("ParseError: the SQL is nested too deeply") from None
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        what = found[0].key.upper() if found else "nothing"
        raise invalid(f"the SQL half is one SELECT, not {what if len(found) < 2 else f'{len(found)} statements'}")
    return found[0]


def _where(error: Exception) -> str:
    first: dict[str, object] = next(iter(getattr(error, "errors", [])), {})
    if not first:
        return str(error).splitlines()[0]
    return f"line {first['line']}:{first['col']}: {first['description']} near {first['highlight']!r}"


def _check(tree: exp.Expr) -> None:
    known = {LOG, *(one.alias.lower() for one in tree.find_all(exp.CTE))}
    for node in tree.walk():
        if isinstance(node, exp.Table):
            _table(node, known)
        elif isinstance(node, exp.With) and node.recursive:
            raise refused("WITH RECURSIVE")
        elif isinstance(node, exp.Func) and not isinstance(node, functions.FUNCTIONS + functions.SYNTAX):
            raise refused(f"the function {_name(node)}")
        elif not isinstance(node, functions.FUNCTIONS + functions.SYNTAX):
            raise refused(node.key.upper())
        elif isinstance(node, exp.Window) and isinstance(node.this, exp.ApproxQuantile):
            raise refused("approx_percentile over a window")


def refused(what: str) -> CloudError:
    """The answer to a construct outside of what is supported."""
    return invalid(f"the emulator does not know {what} in SQL; it knows what docs/emulator.md lists")


def _name(node: exp.Func) -> str:
    return str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name().lower()


def _table(node: exp.Table, known: Iterable[str]) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise refused(f"{node.this.sql().lower()} as a table")
    if node.db or node.catalog or node.name.lower() not in known:
        raise invalid(f"Table {node.sql()} does not exist: a query reads from log, the lines of its logstore")


def _limit(tree: exp.Query) -> None:
    limit = tree.args.get("limit")
    if limit is None:
        tree.limit(DEFAULT_ROWS, copy=False)
        return
    try:
        rows = int(limit.expression.this)
    except (AttributeError, TypeError, ValueError):
        raise invalid("LIMIT takes a whole number") from None
    if rows > MOST_ROWS:
        raise invalid(f"LIMIT {rows} is more than the {MOST_ROWS} rows of one result")


def _rewritten(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.UnixToTime):
        if any(node.args.get(name) for name in ("zone", "hours", "minutes")):
            raise refused("from_unixtime with a zone")
        return _call("sls_from_unixtime", node.this)
    if isinstance(node, exp.TimeToUnix):
        return _call("sls_to_unixtime", node.this)
    if isinstance(node, (exp.CurrentTimestamp, exp.CurrentDate)):
        kind = "timestamp" if isinstance(node, exp.CurrentTimestamp) else "date"
        return exp.Cast(this=exp.Literal.string(NOW), to=exp.DataType.build(kind))
    if isinstance(node, exp.ApproxQuantile):
        return _percentile(node)
    if isinstance(node, exp.Literal) and not node.is_string and not node.is_int:
        return exp.Cast(this=exp.Literal.string(node.this), to=exp.DataType.build("double"))
    return node


def _call(name: str, *args: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(args))


def _percentile(node: exp.ApproxQuantile) -> exp.Expr:
    """With three arguments the second is the weight (help page on approximate functions)."""
    if node.args.get("weight") is not None or node.args.get("error_tolerance") is not None:
        raise refused("approx_percentile with an accuracy")
    share = node.args.get("accuracy")
    if share is None:
        return _call("sls_percentile", node.this, node.args["quantile"])
    weight, wanted = node.args["quantile"], node.meta.get(SHARES) or [share]
    place = next((number for number, one in enumerate(wanted, 1) if one.sql() == node.meta.get(SHARE)), 1)
    found = _call(
        "sls_weighted_percentiles", node.this, weight, exp.Array(expressions=[_double(one) for one in wanted])
    )
    return _call("list_extract", found, exp.Literal.number(place))


def _gather_percentiles(tree: exp.Expr) -> None:
    """Let weighted percentiles of the same values in one SELECT know of each other, so that all come from one list."""
    groups: dict[tuple[int, str, str], list[exp.ApproxQuantile]] = defaultdict(list)
    for node in tree.find_all(exp.ApproxQuantile):
        if isinstance(node.args.get("accuracy"), exp.Literal):
            groups[id(node.parent_select), node.this.sql(), node.args["quantile"].sql()].append(node)
    for nodes in groups.values():
        wanted = {node.args["accuracy"].sql(): node.args["accuracy"].copy() for node in nodes}
        for node in nodes:
            node.meta.update({SHARES: [one.copy() for one in wanted.values()], SHARE: node.args["accuracy"].sql()})


def _double(share: exp.Expr) -> exp.Expr:
    """A literal among the shares has not been rewritten with the rest of the tree."""
    return _rewritten(share) if isinstance(share, exp.Literal) else share
