"""Which source records are one child. The one place where that is decided; pure.

So far: a shared NHS number or UPN with the same date of birth. Clusters are the connected components of
that relation over the records as they now stand, so the outcome does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.registry.children import SourceRecord


def keys(record: SourceRecord) -> frozenset[str]:
    """The words by which another record of the same child can be found."""
    return record.strong_identifiers


def same_child(one: SourceRecord, other: SourceRecord) -> bool:
    """Whether two source records are surely one child."""
    if one.supplied is None or other.supplied is None:
        return False
    return one.supplied.child.date_of_birth == other.supplied.child.date_of_birth and not keys(one).isdisjoint(
        keys(other)
    )


def clusters(records: Iterable[SourceRecord]) -> list[list[SourceRecord]]:
    """The records parted into children, in the order of their keys."""
    found: list[list[SourceRecord]] = []
    for record in sorted(records, key=lambda each: each.key):
        joined = [cluster for cluster in found if _belongs(record, cluster)]
        found = [cluster for cluster in found if cluster not in joined]
        found.append([*(each for cluster in joined for each in cluster), record])
    return found


def _belongs(record: SourceRecord, cluster: Sequence[SourceRecord]) -> bool:
    return any(same_child(record, other) for other in cluster)
