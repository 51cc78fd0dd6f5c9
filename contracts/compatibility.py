"""Whether a stream's schema may replace a released one under the same topic, and if not, why. Pure.

Two things must hold, because readers and writers are upgraded one by one and streams are read again from
their beginning:

- *What was valid stays valid.* Nothing that a writer sends by the released schema may be refused, and no
  field may be renamed or removed, nor mean something else when it is absent. Always required.
- *What readers rely on stays so.* A field that was always there stays there, and a vocabulary stays closed:
  a reader of the released schema may decide by a value that it has never heard of. Required where Signpost
  writes (``relied_on``); where only source systems write, Signpost's own readers are upgraded first.

So these are additive: a new optional field; a new message type with a ``type`` of its own; wider limits
(readers of the released schema are upgraded before a writer uses either); on source systems' streams also a new
enum value, a required field that becomes optional, and one more kind of value. All else is refused, any
keyword of JSON schema that this module does not know included: such a change needs a new topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_FORMS = ("format", "pattern")
_COMPARED = {"anyOf", "oneOf", "discriminator", "$defs", "enum", "const", "default", "type", "items",
             "properties", "required", *_LOWER, *_UPPER, *_FORMS}  # fmt: skip
_PROSE = {"title", "description", "examples"}


def refusals(released: Schema, proposed: Schema, *, relied_on: bool) -> list[str]:
    """One sentence for each incompatible change, naming the field; none if ``proposed`` may stay in its topic."""
    comparison = _Comparison(released.get("$defs", {}), proposed.get("$defs", {}), relied_on)
    return list(comparison.messages(released, proposed))


@dataclass(frozen=True)
class _Comparison:
    old_parts: Schema
    new_parts: Schema
    relied_on: bool

    def messages(self, old: Schema, new: Schema) -> Iterator[str]:
        """Compare two streams: unions of messages, told apart by their discriminator."""
        yield from _unknown_keywords("(stream)", old, new)
        name, new_name = (each["discriminator"]["propertyName"] for each in (old, new))
        if name != new_name:
            yield f"(stream): messages were told apart by {name}, now by {new_name}."
            return
        types = new["discriminator"]["mapping"]
        for kind, reference in old["discriminator"]["mapping"].items():
            if kind in types:
                yield from self.values(kind, {"$ref": reference}, {"$ref": types[kind]})
            else:
                yield f"{kind}: the message type was removed."

    def values(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """Compare what may stand at ``path``."""
        before = _options(old, self.old_parts)
        after = _options(new, self.new_parts)
        if len(before) == len(after) == 1:
            yield from self._one(path, before[0], after[0])
            return
        for option in before:
            if not self._accepted(option, after):
                yield from self._closest(path, option, after)
        if self.relied_on and not all(any(self._accepted(option, [each]) for option in before) for each in after):
            yield f"{path}: it may now be another kind of value, which its readers do not know."

    def _accepted(self, option: Schema, among: list[Schema]) -> bool:
        return any(not list(self._one("", option, each)) for each in among)

    def _closest(self, path: str, option: Schema, among: list[Schema]) -> list[str]:
        """What stands against the kind of value that comes nearest to ``option``."""
        same = [each for each in among if each.get("type") == option.get("type")]
        if not same:
            return [f"{path}: {_kind(option)} is no longer accepted."]
        return min((list(self._one(path, option, each)) for each in same), key=len)

    def _one(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        if old.get("type") != new.get("type"):
            yield f"{path}: it was {_kind(old)} and is now {_kind(new)}."
            return
        yield from _unknown_keywords(path, old, new)
        yield from self._vocabulary(path, old, new)
        yield from _limits(path, old, new)
        for form in _FORMS:
            if old.get(form) != new.get(form) and (form in new or self.relied_on):
                yield f"{path}: its {form} changed."
        if "items" in old or "items" in new:
            yield from self.values(f"{path}[]", old.get("items", {}), new.get("items", {}))
        yield from self._fields(path, old, new)

    def _vocabulary(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = _words(old), _words(new)
        if before is None and after is not None:
            yield f"{path}: it was open and is now limited to certain values."
        elif before is not None and after is None and self.relied_on:
            yield f"{path}: it was limited to certain values and is now open."
        elif before is not None and after is not None:
            for word in before:
                if word not in after:
                    yield f"{path}: the value {word!r} is no longer accepted."
            for word in after:
                if word not in before and self.relied_on:
                    yield f"{path}: the value {word!r} is new, and readers do not know it."

    def _fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had_to, has_to = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in before.items():
            place = f"{path}.{name}"
            if name not in after:
                yield f"{place}: the field was removed or renamed."
                continue
            if name in has_to - had_to:
                yield f"{place}: the field was optional and is now required."
            elif name in had_to - has_to and self.relied_on:
                yield f"{place}: the field was always there and is now optional."
            elif name not in had_to and _default(field) != _default(after[name]):
                yield f"{place}: its absence means something else now, because its default changed."
            yield from self.values(place, field, after[name])
        for name in after.keys() - before.keys():
            if name in has_to:
                yield f"{path}.{name}: a new field must be optional."


def _limits(path: str, old: Schema, new: Schema) -> Iterator[str]:
    for keyword in _LOWER:
        if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
            yield f"{path}: {keyword} was narrowed to {new[keyword]}."
    for keyword in _UPPER:
        if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
            yield f"{path}: {keyword} was narrowed to {new[keyword]}."


def _unknown_keywords(path: str, old: Schema, new: Schema) -> Iterator[str]:
    for keyword in sorted((old.keys() | new.keys()) - _COMPARED - _PROSE):
        if old.get(keyword) != new.get(keyword):
            yield f"{path}: {keyword} changed, and nothing is known to make that compatible."


def _options(schema: Schema, parts: Schema) -> list[Schema]:
    """The kinds of value that a schema allows, references followed."""
    if "$ref" in schema:
        return _options(parts[schema["$ref"].rpartition("/")[2]], parts)
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives is None:
        return [schema]
    return [option for each in alternatives for option in _options(each, parts)]


def _words(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _default(schema: Schema) -> Any:
    # A list, so that a default of null differs from none at all.
    return [schema["default"]] if "default" in schema else []


def _kind(schema: Schema) -> str:
    return f"a value of type {schema.get('type', 'any')}"
