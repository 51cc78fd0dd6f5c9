"""Recording an act before it is answered: no acknowledged entry, no answer."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Sequence
from uuid import uuid4

from contracts.access import AccessRecorded, Action
from runtime import clock
from runtime.bus import Bus
from runtime.problems import ProblemError
from runtime.sealing import Seal
from runtime.settings import AuditSettings
from runtime.tokens import Caller


class Recorder:
    """Sends access entries and waits until Kafka has them; ``producer`` is this process's life."""

    def __init__(self, bus: Bus, settings: AuditSettings) -> None:
        self._bus = bus
        self._within = settings.within
        self.seal = Seal(settings.public_key)
        self._producer = f"{bus.service}-{secrets.token_hex(8)}"
        self._sequence = itertools.count(1)

    async def record(
        self,
        caller: Caller,
        role: str,
        action: Action,
        *,
        outcome: str,
        reason: str | None = None,
        typed: object = None,
        sealed: str | None = None,
        children: Sequence[str] = (),
        restricted: Sequence[str] = (),
        event_id: str | None = None,
    ) -> None:
        """Record one act; ``typed`` (what the person entered) leaves this process only sealed.

        Where it was sealed before, by :attr:`seal`, it is given as ``sealed``.

        An act that may be recorded again after a crash has an ``event_id`` of its own: it counts once.

        Returns once all in-sync replicas have the entry; raises a 503 problem when that takes too long. The
        entry may still arrive after that: giving up waiting does not take a message back.
        """
        entry = AccessRecorded(
            event_id=event_id or str(uuid4()),
            producer=self._producer,
            sequence=next(self._sequence),
            occurred_at=clock.now(),
            actor=caller.subject,
            role=role,
            organisation=caller.organisation,
            authority=caller.authority,
            action=action,
            reason=reason,
            sealed=sealed if typed is None else self.seal(typed),
            child_numbers=tuple(children),
            restricted=tuple(restricted),
            outcome=outcome,
        )
        sending = asyncio.ensure_future(self._bus.publish(entry))
        try:
            await asyncio.wait_for(asyncio.shield(sending), self._within)
        except Exception as error:
            # Whatever it was, the entry is not acknowledged, so there is no answer. It may still arrive.
            sending.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise ProblemError(
                503, "not-audited", "The audit log cannot be reached, and nothing is answered without it."
            ) from error

    async def turned_away(self, caller: Caller, role: str) -> None:
        """Record that somebody asked for what needs a ``role`` that they do not have."""
        await self.record(caller, role, "refused", outcome="role-missing")
