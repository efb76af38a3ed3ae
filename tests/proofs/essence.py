"""What a cloud holds, in a form in which two ways to the same end are equal."""

import json
import re

VOLATILE = re.compile(r"(?i)^(gmt.*|.*time|.*date|restversion|defaultversion|versionid|.*id)$")


def essence(site):
    """All that the cloud holds, without times, with names in the place of the numbers that the cloud gave out."""
    kinds = site.objects()
    numbers = {key: body["GroupName"] for key, body in kinds.get("monitor_group", {}).items()}
    numbers |= {key: body["Name"] for key, body in kinds.get("template", {}).items()}
    return {kind: sorted(_plain(body, numbers) for body in objects.values()) for kind, objects in kinds.items()}


def _plain(body, numbers):
    text = json.dumps(_lasting(body), sort_keys=True, ensure_ascii=False)
    return re.sub(r"\d{5,}", lambda found: numbers.get(found[0], found[0]), text)


def _lasting(value):
    if isinstance(value, dict):
        return {key: _lasting(inner) for key, inner in value.items() if not VOLATILE.match(key)}
    if isinstance(value, list):
        return sorted((_lasting(inner) for inner in value), key=str)
    return value
