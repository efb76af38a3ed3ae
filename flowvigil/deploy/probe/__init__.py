"""Asks the live service what its documentation does not say, with throw-away objects, and takes them away again.

One module for each family of questions. Every body runs in the tests against every position of the pretend cloud's
switches. Knows no plan: what obeys the answers reads cloud-facts.json (`provisioner.facts`).
"""

from .asking import Report, probe
from .bench import Bench, Failed
from .cleaning import PREFIX, clean, leftovers
from .inquiry import AROUND, FAMILIES, USUAL, Fact, Inquiry, chosen

__all__ = [
    "AROUND",
    "FAMILIES",
    "PREFIX",
    "USUAL",
    "Bench",
    "Fact",
    "Failed",
    "Inquiry",
    "Report",
    "chosen",
    "clean",
    "leftovers",
    "probe",
]
