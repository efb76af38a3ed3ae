"""Custom metric series and their points."""

from __future__ import annotations

from flowvigil.emulator.tenant import Tenant


def is_reported(tenant: Tenant, metric: str, group: str) -> bool:
    """Whether any point of this metric has arrived under this group."""
    found = tenant.state.db.execute(
        "SELECT 1 FROM points WHERE account=? AND metric=? AND grp=? LIMIT 1", (tenant.account, metric, group)
    )
    return found.fetchone() is not None


def dimensions_of(tenant: Tenant, metric: str, group: str) -> list[str]:
    """The dimension texts (`k=v&k2=v2`) under which a metric of a group was reported."""
    rows = tenant.state.db.execute(
        "SELECT DISTINCT dimension FROM points WHERE account=? AND metric=? AND grp=? ORDER BY dimension",
        (tenant.account, metric, group),
    )
    return [row[0] for row in rows]
