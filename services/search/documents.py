"""A record as the index holds it, and a search as the index understands it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.codec import encode
from contracts.records import RecordPublished, RecordRemoved
from likeness.codes import compact, identifier_key
from likeness.dates import mistaken_for
from likeness.names import words
from likeness.naming import family_words
from likeness.nicknames import forms
from likeness.phonetics import sound
from services.search.criteria import Criteria, only_child_number

LARGEST_RESULT = 10
ASKED_FOR = 2 * LARGEST_RESULT
"""So many hits are asked for: enough to tell too many, even where some turn out to be hidden meanwhile."""
_SHORTEST_SOUND = 3

# Only matched, never sorted by nor counted: without a column beside it, indexing and merging cost less.
_TERM = {"type": "keyword", "doc_values": False}
MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "properties": {
        "child_number": {"type": "keyword"},
        "authority": _TERM,
        "findable": {"type": "boolean", "doc_values": False},
        "supersedes": _TERM,
        "superseded_by": _TERM,
        "shielded": {"type": "boolean", "doc_values": False},
        "removed": {"type": "boolean", "doc_values": False},
        "redacted_under": {"type": "long", "index": False, "doc_values": False},
        "given": _TERM,
        "family": _TERM,
        "given_sounds": _TERM,
        "family_sounds": _TERM,
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
    """A record as the index has it, and the numbers that it superseded.

    ``rank`` says how exactly it is what was asked for; those of the highest rank come first.
    """

    record: RecordPublished
    supersedes: tuple[str, ...]
    rank: float = 0.0

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every child number that leads here."""
        return (self.record.child_number, *self.supersedes)


def hit_of(source: Mapping[str, Any], rank: float = 0.0) -> Hit:
    """The record in an index document that is not a stub."""
    record = RecordPublished.model_validate_json(source["record"])
    return Hit(record, tuple(source["supersedes"]), rank)


def document(record: RecordPublished | RecordRemoved) -> dict[str, Any]:
    """The index document of a record; a removed one stays as a stub, because its version must be remembered."""
    under = {} if record.redacted_under is None else {"redacted_under": record.redacted_under}
    if isinstance(record, RecordRemoved):
        stub: dict[str, Any] = {"child_number": record.child_number, "removed": True, "shielded": False, **under}
        return stub | ({"superseded_by": record.superseded_by} if record.superseded_by else {})
    identity = record.identity
    given = {word for name in identity.names for word in words(name.given)}
    family = {word for name in identity.names for word in (*words(name.family), *family_words(name.family))}
    return {
        "child_number": record.child_number,
        "supersedes": list(record.supersedes or ()),
        "shielded": record.shielded,
        **under,
        **({"authority": record.responsible_authority} if record.responsible_authority else {}),
        **({"findable": True} if record.findable else {}),
        "removed": False,
        "given": sorted(given),
        "family": sorted(family),
        "given_sounds": sorted(set(map(sound, given))),
        "family_sounds": sorted(set(map(sound, family))),
        "date_of_birth": identity.date_of_birth.isoformat(),
        "gender": identity.gender.value,
        "postcodes": sorted({compact(a.postcode) for a in identity.addresses or () if a.postcode}),
        "identifiers": sorted({identifier_key(i.system, i.value) for i in identity.identifiers or ()}),
        "record": encode(record).decode(),
    }


@dataclass(frozen=True, slots=True)
class Held:
    """What a document of the index tells of its child's shield; ``open`` where a search finds protected fields.

    ``under`` is the offset of the newest shield that it is redacted under.
    """

    version: int
    open: bool
    under: int | None = None
    supersedes: tuple[str, ...] = ()
    superseded_by: str | None = None


def held(source: Mapping[str, Any], version: int) -> Held:
    """What an index document tells."""
    return Held(
        version,
        not source["shielded"] and not source["removed"],
        source.get("redacted_under"),
        tuple(source.get("supersedes", ())),
        source.get("superseded_by"),
    )


def redacted(shields: Mapping[str, int], found: Mapping[str, Held]) -> dict[str, int]:
    """Which child numbers lead to nothing but what is redacted under these shields, with their own versions.

    A merged number is a stub: it is as hidden as the record that it leads to, which may still be one of before.
    What is redacted under an earlier shield does not count: its lift may be on its way, and what was open then.
    """
    open_ = {number for each in found.values() if each.open for number in each.supersedes}

    def is_hidden(number: str, offset: int, via: frozenset[str] = frozenset()) -> bool:
        each = found.get(number)
        if each is None or each.open or number in open_ or number in via:
            return False
        if each.superseded_by is not None:
            return is_hidden(each.superseded_by, offset, via | {number})
        return each.under is not None and each.under >= offset

    return {number: found[number].version for number, offset in shields.items() if is_hidden(number, offset)}


def query(criteria: Criteria, being_hidden: Collection[str], authorities: Collection[str]) -> dict[str, Any]:
    """The search, as the client's keywords; hits come by how exactly they fit, then by child number.

    The rank is a sum of constants: nothing of how common a name is goes into it, whoever bears it. Children
    ``being_hidden``, whose old fields are still indexed, are excluded inside the query. So are those of other
    authorities than these, but shielded ones who are said to be findable.
    """
    must_not: list[dict[str, Any]] = [{"term": {"removed": True}}]
    if being_hidden and not only_child_number(criteria):
        hidden = sorted(being_hidden)
        must_not += [{"terms": {"child_number": hidden}}, {"terms": {"supersedes": hidden}}]
    within = [*_filters(criteria), _within(authorities)]
    asked = {"filter": within, "should": _exact(criteria), "must_not": must_not}
    return {
        "query": {"bool": asked},
        "sort": ["_score", "child_number"],
        "size": ASKED_FOR,
        "track_total_hits": False,
        "source_includes": ["record", "supersedes"],
    }


def by_number(number: str, authorities: Collection[str]) -> dict[str, Any]:
    """A look at one number: the record of one of these authorities, or a stub that leads to another number.

    It is a search, which finds a child that is held as little as one that never was. To fetch the document tells
    them apart: of whoever was published once there is a stub, and handing it over takes a tenth of a millisecond.
    For the same reason somebody else's stub is handed over where a number leads to nobody: it might have led to
    somebody who is held.
    """
    leads_on = {"exists": {"field": "superseded_by"}}
    own = _all([{"term": {"child_number": number}}, _any([_within(authorities), leads_on])])
    either = [_scored(own, 2.0), _scored(leads_on, 1.0)]
    return {"query": _any(either), "routing": number, "size": 1, "track_total_hits": False}


def _exact(criteria: Criteria) -> list[dict[str, Any]]:
    """What puts a hit before others: names as they were typed first, then the date of birth."""
    typed = [{"term": {"given": word}} for word in words(criteria.given)[:1]]
    typed += [{"term": {"family": word}} for word in words(criteria.family)]
    exact = [_scored(_all(typed), 2.0)] if typed else []
    if (born := criteria.date_of_birth) is not None:
        exact.append(_scored({"term": {"date_of_birth": born.isoformat()}}, 1.0))
    return exact


def _within(authorities: Collection[str]) -> dict[str, Any]:
    either = [{"terms": {"authority": sorted(authorities)}}, {"term": {"findable": True}}]
    return {"bool": {"should": either, "minimum_should_match": 1}}


def _filters(criteria: Criteria) -> list[dict[str, Any]]:
    filters = _names(criteria)
    if (born := criteria.date_of_birth) is not None:
        dates = sorted(each.isoformat() for each in {born, *mistaken_for(born)})
        filters.append({"terms": {"date_of_birth": dates}})
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
        filters.append(_any([{"term": {"child_number": number}}, {"term": {"supersedes": number}}]))
    return filters


def _names(criteria: Criteria) -> list[dict[str, Any]]:
    """Names as they were typed, by a nickname, as they sound, or given and family name the other way round.

    Of several given names practitioners often know the first only; of a family name any word will do.
    """
    given, family = words(criteria.given)[:1], family_words(criteria.family)
    straight = [
        *([_heard("given", sorted(forms(given[0])), given)] if given else []),
        *([_heard("family", family, family)] if family else []),
    ]
    if not given or not family:
        return straight
    swapped = [{"terms": {"family": list(given)}}, {"terms": {"given": list(family)}}]
    return [_any([_all(straight), _all(swapped)])]


def _heard(field: str, spelt: Sequence[str], typed: Sequence[str]) -> dict[str, Any]:
    """Any of these words, or one that sounds like what was typed; a short sound proves nothing."""
    sounds = sorted({heard for word in typed if len(heard := sound(word)) >= _SHORTEST_SOUND})
    either: list[dict[str, Any]] = [{"terms": {field: list(spelt)}}]
    return _any([*either, {"terms": {f"{field}_sounds": sounds}}] if sounds else either)


def _any(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _all(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"filter": clauses}}


def _scored(clause: dict[str, Any], score: float) -> dict[str, Any]:
    return {"constant_score": {"filter": clause, "boost": score}}
