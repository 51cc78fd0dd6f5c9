"""A child record as the document store holds it, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from contracts.children import Involvement
from contracts.codec import encode
from contracts.sources import ChildSupplied
from services.registry.children import ChildRecord, Doubt, Event, ShieldMark, Verdict, Word
from services.registry.matters import matter_for_officers, matter_of
from services.registry.sources import Confirmation, Likeness, Refusal, SourceRecord

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Document = dict[str, Any]

_BETWEEN = "\n"
"""Between keys: they are folded, and have no line ends."""


def document_of(child: ChildRecord) -> Document:
    """The document; besides the record itself it has the words by which the record is looked up."""
    document: Document = {
        "_id": child.number,
        "revision": child.revision,
        "created_at": child.created_at,
        "founder": child.founder,
        "source_keys": [record.key for record in child.sources],
        "match_keys": sorted({key for record in child.live for key in record.keys}),
        "lineage": sorted(child.lineage),
        "sources": [source_document(record) for record in child.sources],
        "marks": {number: _mark_document(mark) for number, mark in child.marks.items()},
        "supersedes": dict(child.supersedes),
        "superseded_by": child.superseded_by,
        "seen": child.seen,
        "history": _text([_event_document(event) for event in child.history]),
    }
    if child.former_authority is not None:
        document["former_authority"] = child.former_authority
    if child.held_since is not None:
        document["held_since"] = child.held_since
    if child.findable:
        document["findable"] = True
    if child.shielded:
        document["wide_keys"] = sorted(child.wide_keys)
    if child.doubts:
        document["doubt_keys"] = sorted(child.doubted)
        document["doubts"] = [_fields(doubt) for doubt in child.doubts.values()]
    if child.verdicts:
        document["verdicts"] = [_verdict_document(verdict) for verdict in child.verdicts]
    if child.contested is not None:
        document["contested"] = _fields(child.contested)
    matter = matter_of(child)
    if matter is not None:
        document["matter"] = _fields(matter)
    for_officers = matter_for_officers(child)
    if for_officers is not None:
        document["matter_for_officers"] = _fields(for_officers)
    return document


def child_of(document: Mapping[str, Any]) -> ChildRecord:
    """The child record that a document holds."""
    child = ChildRecord(
        number=document["_id"],
        revision=document["revision"],
        created_at=document["created_at"],
        founder=document["founder"],
        sources=tuple(source_of(each) for each in document["sources"]),
        marks={number: _mark_of(words) for number, words in document["marks"].items()},
        supersedes=dict(document["supersedes"]),
        superseded_by=document["superseded_by"],
        doubts={(each["mine"], each["theirs"]): Doubt(**each) for each in document.get("doubts", ())},
        verdicts=tuple(_verdict_of(each) for each in document.get("verdicts", ())),
        contested=Doubt(**document["contested"]) if "contested" in document else None,
        history=tuple(_event_of(each) for each in orjson.loads(document["history"])),
        seen=document["seen"],
        former_authority=document.get("former_authority"),
        held_since=document.get("held_since"),
        findable=document.get("findable", False),
    )
    if "wide_keys" in document:
        # To reckon them anew takes longer than to read all the rest.
        vars(child)["wide_keys"] = frozenset(document["wide_keys"])
    return child


def _mark_document(mark: ShieldMark) -> list[Document]:
    return [{"shield": shield_id, **_fields(word)} for shield_id, word in mark.words.items()]


def _mark_of(words: Sequence[Mapping[str, Any]]) -> ShieldMark:
    return ShieldMark({each["shield"]: Word(each["offset"], each["placed"]) for each in words})


def source_document(record: SourceRecord) -> Document:
    """What a source supplied stays the message it was, and nobody asks the store for any other part.

    Read and written as texts they cost a fraction of nested documents, and only what is needed is taken apart.
    """
    document: Document = {"key": record.key, "version": record.version, "occurred_at": record.occurred_at}
    if record.like is not None:
        text = record.text
        document["supplied"] = encode(record.came).decode() if text is None and record.came is not None else text
        document["like"] = record.like.text
        document["keys"] = _BETWEEN.join(sorted(record.keys))
    if record.formers:
        document["formers"] = [each.text for each in record.formers]
    if record.refused:
        document["refused"] = [each.text for each in record.refused]
    if record.confirmed:
        document["confirmed"] = _text([_confirmation_document(each) for each in record.confirmed])
    if record.refusal is not None:
        document["refusal"] = {
            "version": record.refusal.version,
            "reason": record.refusal.reason,
            "supplied": encode(record.refusal.supplied).decode(),
        }
    return document


def source_of(document: Mapping[str, Any]) -> SourceRecord:
    """The source record that a document holds."""
    refusal, like = document.get("refusal"), document.get("like")
    return SourceRecord(
        key=document["key"],
        version=document["version"],
        occurred_at=document["occurred_at"],
        like=None if like is None else Likeness(like),
        formers=tuple(Likeness(each) for each in document.get("formers", ())),
        refusal=None if refusal is None else _refusal_of(refusal),
        refused=tuple(Likeness(each) for each in document.get("refused", ())),
        confirmed=tuple(_confirmation_of(each) for each in orjson.loads(document.get("confirmed", "[]"))),
        keys=keys_of(document),
        text=document.get("supplied"),
    )


def keys_of(document: Mapping[str, Any]) -> frozenset[str]:
    """The words by which a document's source record is found."""
    return frozenset(document["keys"].split(_BETWEEN)) if document.get("keys") else frozenset()


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


def _confirmation_document(confirmation: Confirmation) -> list[object]:
    involvement = confirmation.involvement
    said = None if involvement is None else involvement.model_dump_json(exclude_none=True)
    return [confirmation.ref, confirmation.first, confirmation.last, said]


def _confirmation_of(document: Sequence[Any]) -> Confirmation:
    ref, first, last, said = document
    involvement = None if said is None else Involvement.model_validate_json(said)
    return Confirmation(ref, datetime.fromisoformat(first), datetime.fromisoformat(last), involvement)


def _refusal_of(document: Mapping[str, Any]) -> Refusal:
    supplied = ChildSupplied.model_validate_json(document["supplied"])
    return Refusal(document["version"], document["reason"], supplied)


def _verdict_document(verdict: Verdict) -> Document:
    sets = {name: sorted(getattr(verdict, name)) for name in ("ones", "others", "despite", "officers_of")}
    return _fields(verdict) | sets


def _verdict_of(document: Mapping[str, Any]) -> Verdict:
    stood = tuple((one, other, since) for one, other, since in document.get("stood", ()))
    ones, others = frozenset(document["ones"]), frozenset(document["others"])
    despite = frozenset(tuple(each) for each in document.get("despite", ()))
    officers_of = frozenset(document.get("officers_of", ()))
    made = replace(Verdict(**document), ones=ones, others=others, stood=stood)
    return replace(made, despite=despite, officers_of=officers_of)


def _event_of(document: Mapping[str, Any]) -> Event:
    at = datetime.fromisoformat(document["at"])
    lists = {name: tuple(document[name]) for name in ("keys", "numbers") if name in document}
    return Event(**{**document, **lists, "at": at})


def _event_document(event: Event) -> Document:
    return {name: value for name, value in _fields(event).items() if value not in (None, ())}


def _fields(part: DataclassInstance) -> Document:
    """Its fields by name; the standard library's ``asdict`` copies each value deeply, at ten times the cost."""
    return {each.name: getattr(part, each.name) for each in fields(part)}
