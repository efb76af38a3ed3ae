"""One process of a fleet: the real reporter with its own settings file, a fixed set of runs, and an orderly end.

Run: python fleet_process.py SEED RUNS
"""

from __future__ import annotations

import random
import sys

import flowvigil


def main(seed: int, runs: int) -> None:
    dice = random.Random(seed)
    for _ in range(runs):
        flowvigil.record("poem", 4000 * (1 + seed / 8) * dice.lognormvariate(0, 0.5))
    assert flowvigil.shutdown(30)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
