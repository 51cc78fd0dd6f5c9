"""What is personal stays in its store; what is sensitive stays in the registry."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from nacl.public import SealedBox

from contracts import STREAMS
from contracts.records import RECORDS
from contracts.sources import SOURCE_CHANGES
from deploy.stack import ROOT, ServicePorts
from tests.children import address, involvement, nhs, nhs_number, supplied
from tests.world import World, await_


def token() -> str:
    """A word that stands nowhere else; letters only, so that folding leaves it whole."""
    return "q" + "".join(chr(ord("a") + int(c, 16)) for c in uuid.uuid4().hex[:20])


def test_a_sensitive_involvement_is_named_nowhere_outside_the_registry(world: World) -> None:
    number, secret = nhs_number(), [token() for _ in range(5)]
    hidden = involvement(
        "health",
        secret[0],
        ref=secret[4],
        practitioner=secret[1],
        role=secret[2],
        contacts=[{"kind": "email", "value": f"{secret[3]}@example.org"}],
        sensitive={"category": "sexual-health", "basis": "consent"},
    )
    hidden["from"] = "2019-08-07"
    open_ = involvement("education", "Mill Lane Primary School")
    world.publish(
        [supplied("northshire-gp", f"S-{number}", identifiers=[nhs(number)], involvements=[hidden, open_])]
    )
    match = world.find(identifier=nhs(number))
    record = world.view(match["child_number"]).json()
    shown = [each for each in record["involvements"] if each["sensitive"]]
    assert shown == [
        {
            "sensitive": True,
            "notice": "a sensitive service is involved",
            "contacts": [{"kind": "phone", "value": "0161 496 0002"}],
        }
    ]
    manager = world.call(
        "registry", "GET", f"/v1/records/{match['child_number']}", "data-manager", authority="northshire"
    )
    assert manager.status_code == 200

    bodies = [json.dumps(record), manager.text, world.logs(), *_index(world)]
    for stream in STREAMS:
        if stream is not SOURCE_CHANGES:
            bodies += [body.decode() for body in world.read(stream)]
    assert any("a sensitive service is involved" in body for body in bodies)
    for word in (*secret, "sexual-health", "2019-08-07"):
        assert not any(word in body for body in bodies)
    mine = [body for body in world.read(RECORDS) if match["child_number"].encode() in body]
    assert mine


_PLANTED = (
    *("given", "family", "line", "town", "carer", "organisation", "practitioner", "detail", "ref"),
    *("email", "role", "involvement", "former", "message", "upn", "ground"),
)


@pytest.fixture(scope="module")
def planted(world: World) -> dict[str, str]:
    """A child with a unique token in each personal field, seen, searched for, shielded, and mistyped."""
    words = {name: token() for name in _PLANTED}
    words |= {"postcode": "ZX9 7QJ", "phone": "0161 496 0777", "nhs": nhs_number()}
    change = supplied(
        "northshire-gp",
        words["ref"],
        given=words["given"],
        family=words["family"],
        born="2013-02-27",
        identifiers=[nhs(words["nhs"]), {"system": "upn", "value": words["upn"]}],
        addresses=[{**address(words["line"], words["postcode"]), "town": words["town"]}],
        carers=[
            {
                "name": words["carer"],
                "relationship": "mother",
                "contacts": [
                    {"kind": "phone", "value": words["phone"]},
                    {"kind": "email", "value": f"{words['email']}@example.org"},
                ],
            }
        ],
        involvements=[
            involvement(
                "education",
                words["organisation"],
                practitioner=words["practitioner"],
                role=words["role"],
                ref=words["involvement"],
            )
        ],
    )
    change["message_id"] = words["message"]
    change["child"]["names"].append({"given": words["former"], "family": words["former"], "use": "former"})
    bad = json.dumps({**change, "source_version": words["given"]}).encode()
    bad_date = json.dumps({**change, "child": {**change["child"], "date_of_birth": words["family"]}}).encode()
    world.publish([change])
    key = f"northshire-gp/{words['ref']}".encode()
    world.publish([bad, bad_date, words["line"].encode(), b'{"type": "' + words["town"].encode() + b'"}'], key=key)
    match = world.find(identifier=nhs(words["nhs"]))
    world.search(family=words["family"], date_of_birth="2013-02-27")
    body = {"reason": {"code": "other", "detail": words["detail"]}, "child_number": match["child_number"]}
    assert world.call("search", "POST", "/v1/views", "practitioner", body).status_code == 200
    await_(lambda: world.metric("registry", "signpost_dead_letters_total") >= 4 or None)
    decision = {"child_number": match["child_number"], "ground": "other", "review_on": "2099-01-01"}
    decision["detail"] = words["ground"]
    assert world.call("shielding", "POST", "/v1/shields", "shield-officer", decision).status_code == 201
    world.settled()
    return {**words, "child_number": match["child_number"]}


def personal(planted: dict[str, str]) -> list[str]:
    """The planted words, without the child's public number."""
    return [word for name, word in planted.items() if name != "child_number"]


def test_planted_words_are_in_no_log_metric_or_dead_letter(world: World, planted: dict[str, str]) -> None:
    pages = [
        world.http.get(world.stack.url(name) + "/metrics").text
        for name in ("registry", "search", "shielding", "audit")
    ]
    letters = [body.decode() for stream in STREAMS if "dead-letters" in stream.name for body in world.read(stream)]
    assert letters
    for text in (world.logs(), *pages, *letters):
        assert not [name for name, word in planted.items() if name != "child_number" and word in text]


def test_planted_words_are_in_no_stream_but_those_of_records(world: World, planted: dict[str, str]) -> None:
    for stream in STREAMS:
        if stream not in {SOURCE_CHANGES, RECORDS}:
            text = b"\n".join(world.read(stream)).decode()
            assert not [word for word in personal(planted) if word in text], stream.name


def test_planted_words_are_in_no_error_answer(world: World, planted: dict[str, str]) -> None:
    answers: list[httpx.Response] = []
    for word in personal(planted):
        reason = {"code": "safeguarding"}
        for body in (
            {"reason": reason, "criteria": {"date_of_birth": word}},
            {"reason": reason, "criteria": {"gender": word}},
            {"reason": reason, "criteria": {"given": word}},
            {"reason": reason, "criteria": {word: "x"}},
            {"reason": {"code": word}, "criteria": {}},
            {"reason": reason, "child_number": word},
            word,
        ):
            path = "/v1/views" if isinstance(body, dict) and "child_number" in body else "/v1/searches"
            answers.append(world.call("search", "POST", path, "practitioner", body))
        answers += [
            world.call("shielding", "POST", "/v1/shields", "shield-officer", wrong)
            for wrong in ({"child_number": word, "ground": word, "detail": word}, {word: word})
        ]
    assert {each.status_code for each in answers} <= {404, 422}
    assert not [each for each in answers if any(word in each.text for word in personal(planted))]


def test_planted_words_are_in_no_process_argument_while_somebody_searches(
    world: World, planted: dict[str, str], tmp_path: Path
) -> None:
    criteria = {"given": planted["given"], "family": planted["family"], "date_of_birth": "2013-02-27"}
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps(criteria))
    seen = [
        *_typed(world, json.dumps(criteria), planted["child_number"], "--criteria", "-"),
        *_typed(
            world,
            planted["detail"],
            planted["child_number"],
            *("--criteria", str(file), "--reason", "other", "--detail", "-"),
        ),
    ]
    assert not [word for word in personal(planted) for listing in seen if word in listing]


def _typed(world: World, text: str, expected: str, *arguments: str) -> list[str]:
    """What ``ps`` shows anybody from before a search is typed until it is answered, with the child expected."""
    moved = world.stack.ports.search - ServicePorts().search
    environment = {
        **os.environ,
        "SIGNPOST_PORT_OFFSET": str(moved),
        "SIGNPOST_TOKEN": world.token("practitioner"),
        "PYTHONPATH": str(ROOT),
    }
    seen: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", "from cli.app import main; main()", "search", "--json", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(text)
        running.stdin.close()
        while running.poll() is None:
            seen.append(_arguments_of_everybody())
        assert running.returncode == 0
        assert expected in running.stdout.read()
    assert any("--criteria" in listing for listing in seen), "nobody looked while it ran"
    return seen


def _arguments_of_everybody() -> str:
    return subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout


def test_what_people_typed_can_be_opened_by_the_audit_key_only(world: World, planted: dict[str, str]) -> None:
    box = SealedBox(world.stack.audit_key())
    entries = world.database("audit")["entries"].find(
        {"child_numbers": planted["child_number"], "sealed": {"$ne": None}}
    )
    opened: list[tuple[str, Any]] = [
        (each["action"], json.loads(box.decrypt(base64.b64decode(each["sealed"]))))
        for each in entries
        if each["sealed"]
    ]
    assert [each["reason"]["detail"] for action, each in opened if action == "view"] == [planted["detail"]]
    assert [each["detail"] for action, each in opened if action == "shield-place"] == [planted["ground"]]


def _index(world: World) -> list[str]:
    url = f"{world.stack.endpoints.elasticsearch}/{world.stack.prefix}records/_search"
    return [world.http.post(url, json={"size": 10_000}).text]
