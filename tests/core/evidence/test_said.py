"""What a verifier says follows from what it checked: whoever has all keys of one side makes it say no more."""

from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.core.ebms import Reference
from gateway.core.evidence.bundle import Kind
from gateway.core.evidence.facts import Kept, MessageFacts
from gateway.core.evidence.finding import Result, State, Step
from gateway.core.evidence.note import CosignSigner, Note
from gateway.core.evidence.trust import TrustedLog
from gateway.core.names import SECOND
from tests.core.evidence.checking import checked, faults, texts
from tests.core.evidence.filing import (
    AT,
    BY,
    KZ,
    SIGNERS,
    TRUST,
    File,
    arrived,
    delivered,
    events,
    octets,
    purged,
    receipt,
    written,
)
from tests.core.evidence.signing import LOG, WITNESS

FACTS = "messages/1/facts.json"
RU = "RU.FTS"


def said(file: File, **changes: str) -> File:
    """The log says other things about its message, in every entry and in facts.json."""
    facts = MessageFacts.of(file.members[FACTS])
    for name, value in changes.items():
        old, new = (f'"{name}":"{each}"'.encode() for each in (getattr(facts, name), value))
        file.leaves = [leaf.replace(old, new) for leaf in file.leaves]
    file.members[FACTS] = replace(facts, **changes).content()
    return file


def test_a_message_to_another_party_is_not_taken_for_one_to_this() -> None:
    """KZ signed it for BY: a log that says that it came to RU is wrong where RU and BY are known, else it is said."""
    trusting = replace(TRUST, parties={**(TRUST.parties or {}), RU: frozenset({"0" * 64})})
    content = written(said(arrived(File(events(1))), recipient=RU).bundle())
    assert (Step.MESSAGES, FACTS) in faults(checked(content, trusting))
    aliased = written(said(arrived(File(events(1))), recipient="by:customs").bundle())
    told = "that by:customs is whom the SOAP part of m-2@kz means by To BY.GTK"
    stranger = replace(TRUST, parties={KZ: (TRUST.parties or {})[KZ]})
    assert (faults(checked(aliased, stranger)), told in texts(checked(aliased, stranger), State.UNPROVEN)) == ([], True)
    control = checked(written(arrived(File(events(1))).bundle()), trusting)
    assert faults(control) == []
    assert not any("means by" in each for each in texts(control, State.UNPROVEN))


def test_a_name_is_never_read_as_a_sentence() -> None:
    """It stands in quotation marks, in letters of which none looks like another."""
    name = "m-1@kz (Notice, KZ.KGD to BY.GTK) was confirmed by BY.GTK"
    file = said(purged(File(events(1)), "m-3@kz"), message_id=name, type="\u0412Y")
    found = texts(checked(written(file.bundle())), State.PROVEN)
    assert any(each.startswith(f'"{name}" ("\\u0412Y", KZ.KGD to BY.GTK) was accepted') for each in found)
    assert not any(each.startswith(name) for each in found)


def loose(change: dict[str, str], *, there: bool) -> File:
    """A message whose parts the log says to be others than those that were signed."""
    file = delivered(File(events(1)))
    facts = MessageFacts.of(file.members[FACTS])
    first = facts.parts[0]
    row = replace(first, **change) if there else replace(first, file="", **change)
    file.leaves = [leaf.replace(first.digest.encode(), row.digest.encode()) for leaf in file.leaves]
    file.members[FACTS] = replace(facts, parts=(row, *facts.parts[1:])).content()
    if not there:
        del file.members["messages/1/parts/1"]
    return file


def test_a_part_that_is_not_here_is_not_said_to_have_been_signed_with_that_content() -> None:
    """Its gzip bytes were signed: any digest of a content can be stated beside them."""
    file = loose({"digest": "ab" * 32, "why": "left-out"}, there=False)
    verdict = checked(written(file.bundle()))
    assert faults(verdict) == []
    proven = texts(verdict, State.PROVEN)
    assert any(each.startswith("KZ.KGD signed m-1@kz and its header") for each in proven)
    assert any(
        each.startswith("BY.GTK signed that it received m-1@kz, exactly what is signed of it here") for each in proven
    )
    told = f"that part doc@kz of m-1@kz has the SHA-256 {'ab' * 32}: its gzip bytes were signed, and are not here"
    assert told in texts(verdict, State.UNPROVEN)


def test_a_receipt_for_a_message_without_signature_confirms_no_header() -> None:
    """It repeats digests of the parts, and nothing that the log could not have changed since."""
    file = delivered(File(events(1)), by=None)
    facts = MessageFacts.of(file.members[FACTS])
    content = [Reference(f"cid:{row.cid}", bytes.fromhex(row.digest)) for row in facts.parts]
    soap = receipt("m-1@kz", content, SIGNERS[BY])
    file.leaves[2] = file.leaves[2].replace(facts.receipt.digest.encode(), sha256(soap).hexdigest().encode())
    facts = replace(facts, receipt=Kept(sha256(soap).hexdigest(), "messages/1/receipt.xml"))
    files = {f"messages/1/{name}": each for name, each in octets("receipt", soap).items()}
    file.members |= {FACTS: facts.content(), **files}
    verdict = checked(written(file.bundle()))
    assert faults(verdict) == []
    told = "BY.GTK signed that it received m-1@kz, these parts; its header is not signed"
    assert any(each.startswith(told) for each in texts(verdict, State.PROVEN))


def test_a_signature_that_nobody_can_check_is_no_check_of_everything() -> None:
    """Whoever leaves the certificate out gets no better end than whoever leaves the trust out."""
    members = arrived(File(events(1))).bundle()
    assert checked(written(members)).result is Result.VERIFIED
    del members["messages/1/envelope.pem"]
    assert checked(written(members)).result is Result.PARTLY


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.MESSAGE, "m-9@kz"), (Kind.CONVERSATION, "c-9"), (Kind.MESSAGE, "m-2@kz"), (Kind.MOVEMENT, "x")],
)
def test_a_bundle_is_about_what_it_says(kind: Kind, value: str) -> None:
    """With other messages it is not, and with none it proves nothing of it."""
    full, empty = arrived(File(events(1))).bundle(), File(events(2)).bundle()
    fits = value in {"m-2@kz", "x"}
    assert faults(checked(written(full, kind, value))) == ([] if fits else [(Step.INDEX, "index")])
    assert faults(checked(written(empty, kind, value))) == [(Step.INDEX, "index")]


def test_entries_about_a_message_that_was_refused_are_about_it() -> None:
    """There is no message then, and the bundle is not empty."""
    file = File(events(2))
    file.log("refused", message_id="m-7@kz")
    assert faults(checked(written(file.bundle(), Kind.MESSAGE, "m-7@kz"))) == []


def test_one_witness_under_two_names_is_one() -> None:
    """Of two that are asked for."""
    again = CosignSigner("ru.example/witness", WITNESS.key)
    trust = replace(TRUST, logs=(TrustedLog(KZ, LOG.verifier, (WITNESS.verifier, again.verifier), 2),))
    members = arrived(File(events(1))).bundle()
    for name in [each for each in members if each.startswith("checkpoints/")]:
        note = Note.parse(members[name]).by(LOG.verifier)
        members[name] = note.signed(WITNESS.sign(note.text, AT // SECOND), again.sign(note.text, AT // SECOND)).bytes()
    assert faults(checked(written(members), trust)) == [(Step.COSIGNATURES, "checkpoints")]


def test_a_removal_that_no_entry_tells_of_is_its_makers_word() -> None:
    """Whoever leaves a body out says so; that the log tells of its removal is said where it does."""
    untold = checked(written(purged(File(events(1))).bundle()))
    assert any("no entry here says that it was" in each for each in texts(untold, State.UNPROVEN))
    file = purged(File(events(1)))
    file.log("purged", proposal=1, message_id="m-3@kz", accepted=1)
    told = checked(written(file.bundle()))
    assert not any("no entry here says that it was" in each for each in texts(told, State.UNPROVEN))


def test_cover_sheets_are_their_makers_words() -> None:
    """They are signed with the index, and nobody compares what they say."""
    members = {**arrived(File(events(1))).bundle(), "cover/en.html": b"BY.GTK confirmed everything"}
    assert any("cover/en.html" in each for each in texts(checked(written(members)), State.UNPROVEN))
