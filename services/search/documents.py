"""A record as the index holds it, and a search as the index understands it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.codec import encode
from contracts.records import RecordPublished, RecordRemoved
from likeness.codes import compact, identifier_key
from likeness.names import words
from services.search.criteria import Criteria, only_child_number

LARGEST_RESULT = 10

# Only matched, never sorted by nor counted: without a column beside it, indexing and merging cost less.
_TERM = {"type": "keyword", "doc_values": False}
MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "properties": {
        "child_number": {"type": "keyword"},
        "supersedes": _TERM,
        "superseded_by": _TERM,
        "shielded": {"type": "boolean", "doc_values": False},
        "removed": {"type": "boolean", "doc_values": False},
        "given": _TERM,
        "family": _TERM,
        "date_of_birth": {"type": "date", "format": "strict_date", "doc_values": False},
        "gender": _TERM,
        "postcodes": _TERM,
        "identifiers": _TERM,
        # The message as it was, handed back whole and never searched: Elasticsearch need not look into it.
        "record": {"type": "keyword", "index": False, "doc_values": False},
    },
}


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """A record as the index has it, and the numbers that it superseded."""

    record: RecordPublished
    supersedes: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every child number that leads here."""
        return (self.record.child_number, *self.supersedes)


def hit_of(source: Mapping[str, Any]) -> Hit:
    """The record in an index document that is not a stub."""
    record = RecordPublished.model_validate_json(source["record"])
    return Hit(record, tuple(source["supersedes"]))


def document(record: RecordPublished | RecordRemoved) -> dict[str, Any]:
    """The index document of a record; a removed one stays as a stub, because its version must be remembered."""
    if isinstance(record, RecordRemoved):
        stub: dict[str, Any] = {"child_number": record.child_number, "removed": True, "shielded": False}
        return stub | ({"superseded_by": record.superseded_by} if record.superseded_by else {})
    identity = record.identity
    return {
        "child_number": record.child_number,
        "supersedes": list(record.supersedes or ()),
        "shielded": record.shielded,
        "removed": False,
        "given": sorted({word for name in identity.names for word in words(name.given)}),
        "family": sorted({word for name in identity.names for word in words(name.family)}),
        "date_of_birth": identity.date_of_birth.isoformat(),
        "gender": identity.gender.value,
        "postcodes": sorted({compact(a.postcode) for a in identity.addresses or () if a.postcode}),
        "identifiers": sorted({identifier_key(i.system, i.value) for i in identity.identifiers or ()}),
        "record": encode(record).decode(),
    }


def query(criteria: Criteria, being_hidden: Collection[str]) -> dict[str, Any]:
    """The search, as the client's keywords; nothing is scored, and hits come by child number.

    Children ``being_hidden``, whose old fields are still indexed, are excluded inside the query.
    """
    must_not: list[dict[str, Any]] = [{"term": {"removed": True}}]
    if being_hidden and not only_child_number(criteria):
        hidden = sorted(being_hidden)
        must_not += [{"terms": {"child_number": hidden}}, {"terms": {"supersedes": hidden}}]
    return {
        "query": {"bool": {"filter": _filters(criteria), "must_not": must_not}},
        "sort": ["child_number"],
        "size": LARGEST_RESULT + 1,
        "track_total_hits": False,
        "source_includes": ["record", "supersedes"],
    }


def _filters(criteria: Criteria) -> list[dict[str, Any]]:
    filters: list[dict[str, Any]] = []
    # Of several given names practitioners often know the first only; of a family name they know it all.
    filters += [{"term": {"given": word}} for word in words(criteria.given)[:1]]
    filters += [{"term": {"family": word}} for word in words(criteria.family)]
    if criteria.date_of_birth is not None:
        filters.append({"term": {"date_of_birth": criteria.date_of_birth.isoformat()}})
    if (span := criteria.date_of_birth_range) is not None:
        bounds = {"gte": span.from_.isoformat(), "lte": span.to.isoformat()}
        filters.append({"range": {"date_of_birth": bounds}})
    if criteria.gender is not None:
        filters.append({"term": {"gender": criteria.gender.value}})
    if criteria.postcode is not None:
        filters.append({"term": {"postcodes": compact(criteria.postcode)}})
    if criteria.identifier is not None:
        key = identifier_key(criteria.identifier.system, criteria.identifier.value)
        filters.append({"term": {"identifiers": key}})
    if (number := criteria.child_number) is not None:
        either = [{"term": {"child_number": number}}, {"term": {"supersedes": number}}]
        filters.append({"bool": {"should": either, "minimum_should_match": 1}})
    return filters
