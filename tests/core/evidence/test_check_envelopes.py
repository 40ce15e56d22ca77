"""What is signed is checked on its octets: by every method, whatever is wrong with it, and claimed by nobody else."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.core import mime
from gateway.core.evidence.elements import canonical
from gateway.core.evidence.facts import MessageFacts
from gateway.core.evidence.finding import Report, Result, State, Step, Verdict
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.signing import Envelope, SignedInfo
from gateway.core.exhibit import exhibit
from gateway.core.names import SECOND
from gateway.core.security import signed_references
from gateway.core.wss.keys import Signer, local_signer
from gateway.core.wss.sign import How
from tests.core.evidence.checking import checked, faults, texts
from tests.core.evidence.filing import AT, BY, KZ, SIGNERS, TRUST, File, delivered, events, octets, receipt, written
from tests.core.wss.making import Wish, certificate, key, signer
from tests.vectors import recorded

Members = dict[str, bytes]
ENVELOPE, RECEIPT = "messages/1/envelope.xml", "messages/1/receipt.xml"
METHODS = [
    ("rsa", "rsa-sha256"), ("rsa", "rsa-sha384"), ("rsa", "rsa-sha512"),
    ("rsa", "rsa-pss-sha256"), ("rsa", "rsa-pss-sha384"), ("rsa", "rsa-pss-sha512"),
    ("p256", "ecdsa-sha256"), ("p384", "ecdsa-sha384"), ("p521", "ecdsa-sha512"), ("brainpool", "ecdsa-sha256"),
    ("ed25519", "ed25519"),
]  # fmt: skip


def by(maker: Signer, how: How = How()) -> tuple[Members, Signer]:  # noqa: B008 - the default one
    """A bundle about a message that this signer signed."""
    return delivered(File(events(1)), by=maker, how=how).bundle(), maker


def judged(members: Members, maker: Signer) -> Verdict:
    """By a reader who trusts that signer to be KZ's."""
    fingerprint = maker.chain[0].fingerprint(SHA256()).hex()
    parties = {**(TRUST.parties or {}), KZ: frozenset({fingerprint})}
    return checked(written(members), replace(TRUST, parties=parties))


@pytest.mark.parametrize(("kind", "method"), METHODS)
def test_every_method_is_checked(kind: str, method: str) -> None:
    """A good signature holds; the same with other octets does not."""
    members, maker = by(signer(kind, method))
    verdict = judged(members, maker)
    assert verdict.result is Result.VERIFIED
    assert any(each.startswith("KZ.KGD signed m-1@kz and all its parts") for each in texts(verdict, State.PROVEN))
    damaged = resigned(members, lambda value: value[:-1] + bytes([value[-1] ^ 1]))
    assert (Step.MESSAGES, "messages/1/envelope.signed-info") in faults(judged(damaged, maker))


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_every_digest_is_taken(digest: str) -> None:
    """Of elements and of parts."""
    members, maker = by(signer("p256"), How(digest=digest))
    assert judged(members, maker).result is Result.VERIFIED
    gone = without_parts(members)
    found = faults(judged(gone, maker))
    assert found == ([] if digest == "sha256" else [(Step.MESSAGES, ENVELOPE)] * 2)


def resigned(members: Members, change: Callable[[bytes], bytes]) -> Members:
    """With another signature value, bound to the log as if it had always been so."""
    old = Envelope.of(members[ENVELOPE]).value()
    new = change(old)
    return bound(members, members[ENVELOPE].replace(b64encode(old), b64encode(new)))


def bound(members: Members, soap: bytes) -> Members:
    """With another SOAP part, which facts.json names."""
    facts = MessageFacts.of(members["messages/1/facts.json"])
    facts = replace(facts, envelope=replace(facts.envelope, digest=sha256(soap).hexdigest()))
    return {**members, ENVELOPE: soap, "messages/1/facts.json": facts.content()}


def without_parts(members: Members, why: str = "purged") -> Members:
    """The bodies were deleted; what was signed of them is known."""
    facts = MessageFacts.of(members["messages/1/facts.json"])
    facts = replace(facts, parts=tuple(replace(row, file="", why=why) for row in facts.parts))
    left = {name: content for name, content in members.items() if "/parts/" not in name}
    return {**left, "messages/1/facts.json": facts.content()}


GOOD, MAKER = by(SIGNERS[KZ])
SOAP = GOOD[ENVELOPE]


def swap(old: bytes, new: bytes) -> Callable[[], Members]:
    """The SOAP part with another text."""

    def made() -> Members:
        assert old in SOAP
        return bound(GOOD, SOAP.replace(old, new))

    return made


def transformed() -> Members:
    """The signature says that it is over another form of the first element, in the SOAP part and in its octets."""
    old, new = (
        b'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>',
        b'Algorithm="other"></ds:Transform>',
    )
    info = "messages/1/envelope.signed-info"
    members = bound(GOOD, SOAP.replace(old, new, 1))
    return {**members, info: GOOD[info].replace(old, new, 1)}


DAMAGED: list[tuple[Callable[[], Members], str]] = [
    (swap(b"m-1@kz", b"m-9@kz"), "messages/1/facts.json"),
    (swap(b">Notice<", b">Other<"), "messages/1/envelope.covered/1"),
    (swap(b'wsu:Id="body"', b'wsu:Id="other"'), "messages/1/envelope.covered/2"),
    (swap(b'wsu:Id="body"', b'wsu:Id="messaging"'), "messages/1/envelope.covered/1"),
    (swap(b"<ds:SignedInfo", b"<ds:Other"), ENVELOPE),
    (swap(b"</wsse:Security>", b"</wsse:Security><wsse:Security/>"), ENVELOPE),
    (transformed, "messages/1/envelope.covered/1"),
    (swap(b"</wsse:Security>", b"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/></wsse:Security>"), ENVELOPE),
    (swap(b"<eb:Messaging ", b"<eb:Other><eb:Messaging "), ENVELOPE),
    (swap(b"<S12:Header>", b"<S12:Header><!DOCTYPE a>"), ENVELOPE),
    (lambda: {**GOOD, "messages/1/envelope.pem": certified(-20)}, "messages/1/envelope.pem"),
]  # fmt: skip


def certified(days: int) -> bytes:
    """A certificate for the same key that ends so many days after it began."""
    from tests.core.evidence.filing import pem  # noqa: PLC0415 - only here

    own = key("p256")
    return pem(local_signer((certificate(own, Wish(days=30 + days)),), own, ""))


@pytest.mark.parametrize(("make", "where"), DAMAGED)
def test_a_damaged_soap_part_is_found(make: Callable[[], Members], where: str) -> None:
    """Although facts.json and the index name it."""
    assert faults(judged(GOOD, MAKER)) == []
    assert (Step.MESSAGES, where) in faults(judged(make(), MAKER))


def test_a_soap_part_that_the_log_does_not_know_is_a_fault_or_proves_nothing() -> None:
    """Another digest than in its entry is a fault; without an entry, it is said."""
    other = bound(GOOD, SOAP.replace(b"</wsse:Security>", b"</wsse:Security> "))
    assert (Step.MESSAGES, ENVELOPE) in faults(judged(other, MAKER))
    file = delivered(File(events(1)))
    file.leaves[2] = file.leaves[2].replace(b'"sent"', b'"sent-otherwise"')
    verdict = judged(file.bundle(), MAKER)
    assert (Step.MESSAGES, "messages/1/envelope.xml") not in faults(verdict)


def test_an_unsent_message_is_not_bound_by_its_log() -> None:
    """There is no entry of a delivery."""
    file = delivered(File(events(1)))
    del file.leaves[2]
    facts = MessageFacts.of(file.members["messages/1/facts.json"])
    file.members["messages/1/facts.json"] = replace(
        facts, receipt=replace(facts.receipt, file="", why="absent")
    ).content()
    file.members = {name: content for name, content in file.members.items() if "receipt" not in name}
    verdict = judged(file.bundle(), MAKER)
    assert faults(verdict) == []
    assert any("no entry here names its digest" in each for each in texts(verdict, State.UNPROVEN))


def test_entries_about_another_message_of_the_same_id_count_for_nothing() -> None:
    """Ids belong to their senders."""
    file = delivered(File(events(1)))
    file.leaves[2] = file.leaves[2].replace(b'"sender":"KZ.KGD"', b'"sender":"RU.FTS"')
    assert (Step.MESSAGES, RECEIPT) in faults(judged(file.bundle(), MAKER))


def test_a_certificate_may_be_as_young_as_the_delivery() -> None:
    """A message that waited is signed anew: what counts is when it can have been signed."""
    file = delivered(File(events(1)))
    accepted, told = file.leaves[1], b'"at":%d' % (AT + 1)
    file.leaves[1] = accepted.replace(told, b'"at":%d' % (AT - 400 * 24 * 3600 * SECOND))
    assert file.leaves[1] != accepted
    assert faults(judged(file.bundle(), MAKER)) == []


def test_a_method_that_is_not_known_is_skipped_and_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A national one, say."""
    monkeypatch.setattr("gateway.core.evidence.checks.envelopes.METHODS", {})
    verdict = judged(GOOD, MAKER)
    assert verdict.result is Result.PARTLY
    assert any("ecdsa-sha256 is not known here" in each.text for each in verdict.of(State.SKIPPED))
    assert not any("signed m-1@kz" in each for each in texts(verdict, State.PROVEN))


def test_without_its_certificate_a_signature_proves_nothing() -> None:
    """It was only named in the message, and is not known any more."""
    members = {name: content for name, content in GOOD.items() if name != "messages/1/envelope.pem"}
    verdict = judged(members, MAKER)
    assert faults(verdict) == []
    assert any("its certificate is not here" in each for each in texts(verdict, State.UNPROVEN))
    assert not any("signed m-1@kz" in each for each in texts(verdict, State.PROVEN))


def test_what_was_repacked_is_not_claimed_to_be_what_was_signed() -> None:
    """The header is."""
    facts = MessageFacts.of(GOOD["messages/1/facts.json"])
    facts = replace(facts, parts=tuple(replace(row, why="repacked") for row in facts.parts))
    verdict = judged({**GOOD, "messages/1/facts.json": facts.content()}, MAKER)
    assert faults(verdict) == []
    assert any(each.startswith("KZ.KGD signed m-1@kz and its header") for each in texts(verdict, State.PROVEN))
    assert any("is the one that was signed" in each for each in texts(verdict, State.UNPROVEN))


def test_too_many_references_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs a canonical form."""
    monkeypatch.setattr("gateway.core.evidence.checks.envelopes.MOST_ELEMENTS", 1)
    assert (Step.MESSAGES, ENVELOPE) in faults(judged(GOOD, MAKER))


def answered(soap: bytes) -> Members:
    """The message with another receipt, which the log names."""
    file = delivered(File(events(1)))
    old = file.members[RECEIPT]
    file.leaves[2] = file.leaves[2].replace(sha256(old).hexdigest().encode(), sha256(soap).hexdigest().encode())
    facts = MessageFacts.of(file.members["messages/1/facts.json"])
    facts = replace(facts, receipt=replace(facts.receipt, digest=sha256(soap).hexdigest()))
    made = {f"messages/1/{name}": content for name, content in octets("receipt", soap).items()}
    file.members |= {**made, "messages/1/facts.json": facts.content()}
    return file.bundle()


REFERENCES = signed_references(SOAP)
RECEIPTS = [
    (receipt("m-1@kz", REFERENCES, SIGNERS[BY]), []),
    (receipt("m-1@kz", REFERENCES[::-1], SIGNERS[BY]), []),
    (receipt("m-2@kz", REFERENCES, SIGNERS[BY]), [RECEIPT]),
    (receipt("m-1@kz", REFERENCES[1:], SIGNERS[BY]), [RECEIPT]),
    (receipt("m-1@kz", [*REFERENCES, REFERENCES[0]], SIGNERS[BY]), [RECEIPT]),
    (receipt("m-1@kz", [], SIGNERS[BY]), [RECEIPT]),
    (receipt("m-1@kz", REFERENCES, SIGNERS[KZ]), ["messages/1/receipt.pem"]),
    (
        receipt("m-1@kz", REFERENCES, SIGNERS[BY]).replace(b"Receipt", b"Reseipt"),
        ["messages/1/receipt.covered/1", RECEIPT],
    ),
]


@pytest.mark.parametrize(("soap", "where"), RECEIPTS)
def test_a_receipt_repeats_exactly_what_was_sent(soap: bytes, where: list[str]) -> None:
    """About this message, signed by its recipient."""
    assert faults(judged(answered(soap), MAKER)) == [(Step.MESSAGES, each) for each in where]


def test_a_receipt_for_a_message_that_is_not_here_confirms_nothing() -> None:
    """It is signed, but what was sent cannot be compared."""
    facts = MessageFacts.of(GOOD["messages/1/facts.json"])
    facts = replace(facts, envelope=replace(facts.envelope, file="", why="not-kept"))
    left = {name: content for name, content in GOOD.items() if not name.startswith("messages/1/envelope")}
    verdict = judged({**left, "messages/1/facts.json": facts.content()}, MAKER)
    assert faults(verdict) == []
    assert any("not here to be compared" in each for each in texts(verdict, State.UNPROVEN))


def test_nobody_trusted_for_a_party_claims_nothing_for_it() -> None:
    """Where the log is trusted and certificates are not."""
    verdict = checked(written(GOOD), replace(TRUST, parties=None))
    assert verdict.result is Result.PARTLY
    assert any("nobody trusted says whose signature" in each for each in texts(verdict, State.UNPROVEN))
    assert not any("KGD signed" in each for each in texts(verdict, State.PROVEN))


@pytest.mark.parametrize("row", recorded.rows())
def test_octets_of_other_products_are_those_that_were_checked_on_arrival(row: dict[str, Any]) -> None:
    """With lists of prefixes, too."""
    body = recorded.body(row)
    soap = mime.split(body, row["content_type"])[0].content if row["content_type"].startswith("multipart") else body
    found, envelope = exhibit(soap, ()), Envelope.of(soap)
    if found is not None:
        assert envelope.signed_info() == found.signed_info
        rows = [each for each in SignedInfo.of(found.signed_info).references if not each.cid]
        made = [canonical(envelope.target(each.uri), each.transforms[0][1].split()) for each in rows]
        assert made == list(found.covered)


INFO = b'<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">%s</ds:SignedInfo>'


@pytest.mark.parametrize(
    "content",
    [
        b"<a/>",
        INFO % b"",
        INFO % b'<ds:CanonicalizationMethod Algorithm="x"/><ds:SignatureMethod/>',
        INFO % b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod/><ds:Reference/>',
        INFO % b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod/><ds:Reference>'
        b"<ds:DigestMethod/><ds:DigestValue>AB==</ds:DigestValue></ds:Reference>",
        INFO % b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod/><ds:Reference>'
        b"<ds:DigestMethod/><ds:DigestValue>A</ds:DigestValue></ds:Reference>",
    ],
)  # fmt: skip
def test_what_is_no_signed_info_is_malformed(content: bytes) -> None:
    """As AS4 has it."""
    with pytest.raises(Malformed):
        SignedInfo.of(content)


def test_a_failing_step_that_is_not_malformed_is_not_hidden() -> None:
    """A mistake of ours is no fault of the evidence."""
    report = Report()
    with pytest.raises(ZeroDivisionError), report.guarded(Step.INDEX, "index"):
        raise ZeroDivisionError
    assert report.findings == []
    assert json.dumps(report.verdict().result) == '"verified"'
    assert SECOND == 1_000_000
