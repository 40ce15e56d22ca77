"""Bundles of real gateways verify, whatever profile their messages travel by, on either side; damaged bodies do not."""

import gzip
import hashlib
import io
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.api import answers
from gateway.cli.keys import Kind
from gateway.cli.trust import text
from gateway.core.evidence.bundle import Subject as About
from gateway.core.evidence.bundle import write
from gateway.core.evidence.container import whole
from gateway.core.evidence.finding import Result, State, Step, Verdict
from gateway.core.evidence.trust import Trust
from gateway.core.message import payload
from gateway.core.names import PartyId
from tests.core.evidence.checking import checked, faults, texts
from tests.flow.exporting import Bundle, exported
from tests.house import build, sample
from tests.town import Node, Town

KZ, BY = "KZ.KGD", "BY.GTK"
NOTICE, STRIPPED, CONFIRMED = "m-1@town", "m-2@town", "m-3@town"
DOCUMENT = sample("valid/TransitReleaseNotice--road-through-three-states")
RESTRICTED = sample("restricted/TransitReleaseNotice--drivers-and-a-representative")
RESPONSE = sample("valid/DocumentVerificationResponse--confirmed")
PROFILES = [
    ("ics2", Kind.EC),
    ("ics2", Kind.RSA),
    ("edelivery-1.15", Kind.RSA),
    ("edelivery-2.0", Kind.ED25519),
    ("plain-tls", Kind.EC),
]


@pytest.fixture(params=PROFILES, ids=lambda row: f"{row[0]}-{row[1]}")
async def exchanged(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A notice, one from which something was stripped, and one with an attachment went from KZ to BY."""
    profile, kind = request.param
    town = Town(tmp_path)
    town.houses = build(tmp_path, KZ, BY, kind=kind)
    for house, other in zip(town.houses, (BY, KZ), strict=True):
        path = house.folder / "parties" / f"{other}.toml"
        path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "{profile}"\n')
    await town.open()
    kz = town[KZ]
    await kz.post(DOCUMENT, NOTICE, (BY,))
    await kz.post(RESTRICTED, STRIPPED, (BY,))
    picture = payload("", "application/pdf", os.urandom(100_000), "a.pdf")
    await kz.intake.accept(replace(kz.received(RESPONSE, CONFIRMED, (BY,)), attachments=(picture,)), answers.accepted)
    while await kz.deliver():
        pass
    await town[BY].take_all()
    yield town
    await town.close()


def judged(node: Node, content: bytes) -> Verdict:
    """By a reader who trusts what that gateway hands over, and asks for no cosigner."""
    found = Trust.of(text(node.settings))
    return checked(content, replace(found, logs=tuple(replace(each, quorum=0) for each in found.logs)))


async def test_bundles_of_either_side_verify(exchanged: Town) -> None:
    """By what either side hands over; what was signed is proven, what was not is said not to be."""
    signs = exchanged[KZ].settings.register.parties[PartyId(BY)].pmode("").sign
    for message in (NOTICE, STRIPPED, CONFIRMED):
        for side, other in ((KZ, BY), (BY, KZ)):
            found = await exported(exchanged[side], "message", message)
            for node in (exchanged[side], exchanged[other]):
                verdict = judged(node, found.content)
                assert (faults(verdict), verdict.result) == ([], Result.VERIFIED)
                told = [
                    each for each in texts(verdict, State.PROVEN) if f"KGD signed {message} and all its parts" in each
                ]
                assert bool(told) is signs
                received = [each for each in texts(verdict, State.PROVEN) if "signed that it received" in each]
                assert bool(received) is (signs and side == KZ)


@pytest.mark.parametrize("exchanged", PROFILES[:1], indirect=True)
async def test_a_damaged_body_or_receipt_is_found_although_all_is_signed_anew(exchanged: Town) -> None:
    """By whoever has the log's key: the entries name other digests."""
    found = await exported(exchanged[KZ], "message", NOTICE)
    for name, put in (
        ("messages/1/parts/1", gzip.compress(b"<other/>", mtime=0)),
        ("messages/1/receipt.xml", b"<other/>"),
    ):
        members = {**found.members, name: put}
        where = {
            where
            for step, where in faults(judged(exchanged[KZ], anew(exchanged[KZ], found, members)))
            if step is Step.MESSAGES
        }
        assert name in where


@pytest.mark.parametrize("exchanged", PROFILES[:1], indirect=True)
async def test_what_facts_say_anew_is_compared_with_the_entries(exchanged: Town) -> None:
    """Even where facts.json names the digests of what was put in."""
    found = await exported(exchanged[KZ], "message", NOTICE)
    packed = gzip.compress(b"<other/>", mtime=0)
    facts = json.loads(found.members["messages/1/facts.json"])
    digests = {"digest": hashlib.sha256(b"<other/>").hexdigest(), "packed_digest": hashlib.sha256(packed).hexdigest()}
    facts["parts"][0] |= {**digests, "size": 8}
    put = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    members = {**found.members, "messages/1/parts/1": packed, "messages/1/facts.json": put}
    assert (Step.MESSAGES, "messages/1/facts.json") in faults(
        judged(exchanged[KZ], anew(exchanged[KZ], found, members))
    )


def anew(node: Node, found: Bundle, members: dict[str, bytes]) -> bytes:
    """The members under an index that the log's key signed."""
    target = io.BytesIO()
    about = About(found.index.subject.kind, found.index.subject.value)
    write(
        target,
        {name: whole(content) for name, content in members.items()},
        about,
        0,
        node.settings.register.notary.signer,
    )
    return target.getvalue()
