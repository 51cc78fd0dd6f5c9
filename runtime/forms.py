"""A posted form: read, made into what is asked for, and where that fails, what to say at which field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError

from contracts.codec import faults_of
from contracts.dead_letters import Fault
from runtime.problems import ProblemError, engine_away

M = TypeVar("M", bound=BaseModel)

Form = dict[str, str]

_MOST_FIELDS = 150

ON_TOP = "main"
"""In place of a field's name: it is about the form as a whole."""


class FormError(Exception):
    """A form is not taken as it is: what to say, by field; ``status`` and ``kind`` are the answer's."""

    def __init__(self, errors: Mapping[str, str], status: int = 422, kind: str = "invalid-request") -> None:
        super().__init__("form")
        self.errors = dict(errors)
        self.status = status
        self.kind = kind

    @classmethod
    def of(cls, problem: ProblemError, field_of: Mapping[str, str]) -> FormError:
        """A refusal, said at the field that ``field_of`` has for its kind, or else on top of the form."""
        return cls({field_of.get(problem.kind, ON_TOP): problem.detail}, problem.status, problem.kind)


@contextmanager
def refusals(request: Request, field_of: Mapping[str, str] | None = None) -> Iterator[None]:
    """Raise :class:`FormError` for whatever is refused within, an engine that is away among it.

    So the form can be shown again as it was filled in, and nobody types it twice.
    """
    try:
        yield
    except ProblemError as problem:
        raise FormError.of(problem, field_of or {}) from None
    except request.app.state.engine_errors as error:
        raise FormError.of(engine_away(error), {}) from None


async def read(request: Request) -> Form:
    """The fields of a posted form, without those left empty; a repeated field counts once."""
    body = (await request.body()).decode(errors="replace")
    try:
        fields = parse_qsl(body, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise ProblemError(422, "too-many-fields", f"A form has {_MOST_FIELDS} fields at most.") from None
    return {name: value.strip() for name, value in fields if value.strip()}


def parse(model: type[M], form: Mapping[str, object], words: Mapping[str, str]) -> M:
    """What a form asks for; raises :class:`FormError` with the words for each field that is wrong.

    Where the whole is wrong and no field by itself, the words for the last field given apply.
    """
    try:
        return model.model_validate(dict(form))
    except ValidationError as error:
        faults = [fault.field.split(".")[0] for fault in faults_of(error)]
        whole = list(words)[-1]
        raise FormError(
            {(name if name in words else whole): words.get(name, words[whole]) for name in faults}
        ) from None


def said_at(faults: Iterable[Fault], said: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """What to say of faults, by the form's field, once a field.

    ``said`` has field and words by what a fault's path begins with: the first that fits, or else the last.
    """
    errors: dict[str, str] = {}
    for fault in faults:
        fitting = (where for path, where in said.items() if f"{fault.field}.".startswith(f"{path}."))
        name, text = next(fitting, list(said.values())[-1])
        errors.setdefault(name, text)
    return errors


def day(form: Form, name: str) -> date | None:
    """The day that three fields make up, or ``None`` where they make none; a year has its four digits."""
    try:
        made = date(*(int(form.get(f"{name}-{part}", "")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None
    # Who writes 15 for 2015 does not mean the first century.
    return made if made.year >= 1000 else None


def day_begun(form: Form, name: str) -> bool:
    """Whether any of the three fields of a day is filled in."""
    return any(f"{name}-{part}" in form for part in ("year", "month", "day"))
