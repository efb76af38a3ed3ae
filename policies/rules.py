"""What may never be deployed: all rules of the pack. They judge what is sent to the cloud and import nothing of ours.

Mandatory rules read only what is known in a first preview, so that a violation shows before anything exists.
"""

from __future__ import annotations

import access
import alarms
import keeping

RULES = [*alarms.RULES, *access.RULES, *keeping.RULES]
