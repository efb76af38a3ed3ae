"""What happened inside a run, as it was told: amounts by name, in any order. Summed in the folding thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .contract import FIRST_TOKEN_MS, MEASURES, TOKENS

MOST = 1e12
"""More tokens, or milliseconds, are a mistake."""


def summed(told: Iterable[tuple[str, float]], strange: Callable[[], object] = int) -> dict[str, float]:
    """The sum of each measure, the smallest of `first_token_ms`.

    Unknown names, and amounts that are no finite numbers from 0 to MOST, are left out and counted by `strange`.
    """
    sums: dict[str, float] = {}
    for name, amount in told:
        if name not in MEASURES or type(amount) not in (int, float) or not 0 <= amount <= MOST:
            strange()
        elif name == FIRST_TOKEN_MS:
            sums[name] = min(sums.get(name, MOST), amount)
        else:
            sums[name] = sums.get(name, 0) + amount
    return sums


def written(sums: dict[str, float]) -> dict[str, str]:
    """Each sum as a field of a run event: whole tokens, milliseconds with three decimals."""
    return {name: f"{amount:.0f}" if name in TOKENS else f"{amount:.3f}" for name, amount in sums.items()}
