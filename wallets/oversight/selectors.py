"""Reading what oversight stores. One index serves each query."""

from __future__ import annotations

from datetime import UTC, datetime

from wallets.oversight.documents import ReconciliationReport

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def find_last_finished() -> datetime | None:
    """When the last reconciliation finished; None before the first one."""
    finished = ReconciliationReport.objects(finished_at__gt=_LONG_AGO)
    report = finished.order_by("-finished_at").only("finished_at").first()
    return report.finished_at if report else None
