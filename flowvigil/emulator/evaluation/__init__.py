"""Judges alarm rules: windows of points in, changes of state and notices out. Knows no request and no channel."""
