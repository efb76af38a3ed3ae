"""Values of SQL results as Log Service writes them: everything is text, nothing is `null`."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

TYPES = {"BIGINT": "bigint", "HUGEINT": "bigint", "INTEGER": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean"}


def shown(value: Any) -> str:
    """The text of a value; times to the millisecond."""
    if value is None or isinstance(value, (bool, list, dict)):
        return json.dumps(value, ensure_ascii=False, default=shown)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def type_name(duckdb: str) -> str:
    """Presto's name of a DuckDB type."""
    if duckdb.startswith("TIMESTAMP"):
        return "timestamp"
    return TYPES.get(duckdb, "varchar" if duckdb == "VARCHAR" else duckdb.lower())
