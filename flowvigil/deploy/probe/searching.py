"""Finds the largest number that something takes, in few tries."""

from __future__ import annotations

from collections.abc import Callable


def largest(takes: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that is taken; 0 if 1 is not. What is taken is thought to be all below it."""
    if takes(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if takes(middle) else (low, middle)
    return low
