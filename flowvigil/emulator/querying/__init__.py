"""Answers Log Service queries: the search half as conditions, the SQL half by DuckDB. Knows no request and no alert."""
