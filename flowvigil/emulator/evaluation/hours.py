"""When a rule is in force: `09:00-18:00 +0800 dayofweek 1,2,3,4,5`, the last minute included, spans over midnight too.

Zone +0800 and Monday as day 1 are assumed where the text does not tell (the API page gives the plain form alone).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(
    r"(\d\d?):(\d\d)-(\d\d?):(\d\d)(?:\s+([+-]\d\d):?(\d\d))?(?:\s+dayofweek\s+([1-7](?:\s*,\s*[1-7])*))?",
    re.IGNORECASE,
)
MINUTE_MS, DAY_MIN, EPOCH_DAY = 60_000, 1440, 3
EVERY_DAY = frozenset(range(1, 8))
CHINA_MIN = 480


@dataclass(frozen=True)
class Hours:
    """Minutes of the day from `start` to `end`, both included, `zone` in minutes east of Greenwich."""

    start: int = 0
    end: int = DAY_MIN - 1
    zone: int = CHINA_MIN
    days: frozenset[int] = EVERY_DAY

    @property
    def always(self) -> bool:
        return (self.start, self.end, self.days) == (0, DAY_MIN - 1, EVERY_DAY)

    def hold(self, time_ms: int) -> bool:
        """Whether a moment lies in the span; the weekday is that of the moment, also after midnight."""
        day, minute = divmod(time_ms // MINUTE_MS + self.zone, DAY_MIN)
        if (day + EPOCH_DAY) % 7 + 1 not in self.days:
            return False
        if self.start <= self.end:
            return self.start <= minute <= self.end
        return minute >= self.start or minute <= self.end


def parsed(text: str) -> Hours | None:
    """The span that a text tells of; None for an empty one and for a form that is not documented."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    numbers = [int(part or 0) for part in found.groups()[:6]]
    sign = -1 if (found[5] or "").startswith("-") else 1
    zone = numbers[4] * 60 + sign * numbers[5] if found[5] else CHINA_MIN
    days = frozenset(int(day) for day in found[7].split(",")) if found[7] else EVERY_DAY
    return Hours(numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3], zone, days)
