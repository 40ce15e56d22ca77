"""Steps 8 and 9: each message is what its leaf says, and was signed and confirmed by whom it says."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Members, instant
from gateway.core.evidence.checks.envelopes import Expected, Opened, check_envelope
from gateway.core.evidence.checks.heads import Seen
from gateway.core.evidence.checks.leaves import Book
from gateway.core.evidence.checks.parts import Looked, check_parts
from gateway.core.evidence.checks.whose import Whose
from gateway.core.evidence.facts import WHY, MessageFacts
from gateway.core.evidence.finding import Report, Step, called
from gateway.core.evidence.leaf import Leaf
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.signing import CID, DIGEST_SHA256, EB, Reference

LARGEST_FACTS = 4 * 1024 * 1024
KINDS = {"national": "accepted", "partner": "received"}
EVER = 1 << 62  # microseconds
SAME = ("message_id", "conversation_id", "sender", "recipient", "type")
USER, INFO = (EB, "UserMessage"), (EB, "MessageInfo")
_BESIDE = re.compile(r"facts\.json|(envelope|receipt)\.(?:signed-info|pem|covered/\d+)", re.ASCII)
_MEMBER = re.compile(r"messages/([1-9][0-9]{0,8})/.+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """One message under examination."""

    number: int
    facts: MessageFacts
    leaf: Leaf
    members: Members
    names: Sequence[str]  # of its members
    report: Report

    @property
    def where(self) -> str:
        """Its folder."""
        return f"messages/{self.number}"

    @property
    def told(self) -> MessageFacts:
        """Its facts as sentences have them."""
        facts, ids = self.facts, (self.facts.message_id, self.facts.sender, self.facts.recipient, self.facts.type)
        message_id, sender, recipient, kind = map(called, ids)
        return replace(facts, message_id=message_id, sender=sender, recipient=recipient, type=kind)

    def fault(self, text: str) -> None:
        """Something about its facts is wrong."""
        self.report.fault(Step.MESSAGES, f"{self.where}/facts.json", text)


def check_messages(
    members: Members, book: Book, whose: Whose, seen: Sequence[Seen], report: Report
) -> list[MessageFacts]:
    """8. Every message against its leaves, its parts, its signatures, its receipt; all that can be read.

    9. What the log states was removed.
    """
    names = _by_number(members)
    before = report.faults()
    read: list[MessageFacts] = []
    for number, own in names.items():
        name = f"messages/{number}/facts.json"
        with report.guarded(Step.MESSAGES, name):
            facts = MessageFacts.of(bundle.read(members, name, LARGEST_FACTS))
            read.append(facts)
            leaf = book.leaf(facts.leaf)
            if leaf is None:
                raise Malformed(f"leaf {facts.leaf}, which it names, is not there or does not hold")
            case = Case(number, facts, leaf, members, own, report)
            _accepted(case, seen)
            _examined(case, book, whose)
            _removed(case, book)
    if names and report.faults() == before:
        report.ok(Step.MESSAGES, "messages", f"{len(names)} messages are what their entries say")
    return read


def _by_number(members: Members) -> dict[int, list[str]]:
    """The members of each message."""
    found: dict[int, list[str]] = {}
    for name in members.names():
        if (match := _MEMBER.fullmatch(name)) is not None:
            found.setdefault(int(match[1]), []).append(name)
    return dict(sorted(found.items()))


def _accepted(case: Case, seen: Sequence[Seen]) -> None:
    """What the leaf of acceptance says is what facts.json says."""
    facts, leaf = case.facts, case.leaf
    if leaf.kind != KINDS[facts.edge]:
        case.fault(f"its leaf is of kind {leaf.kind}; expected {KINDS[facts.edge]}")
    for key in SAME:
        if leaf.text(key) != getattr(facts, key):
            case.fault(f"{key} is another than in its leaf")
    digests = [each for each in (leaf.text("digest_out"), *_texts(leaf, "attachments")) if each]
    if digests != [row.digest for row in facts.parts]:
        case.fault("the digests of its parts are others than in its leaf")
    times = [each.at for each in seen if facts.leaf < each.size]
    until = f"; others knew it on {instant(min(times))} at the latest" if times else ""
    said = case.told
    told = f"{said.message_id} ({said.type}, {said.sender} to {said.recipient}) was {leaf.kind} on {instant(leaf.at)}"
    case.report.proven(Step.MESSAGES, case.where, f"{told}, as entry {facts.leaf} of the log says{until}")


def _examined(case: Case, book: Book, whose: Whose) -> None:
    """Its parts, its SOAP part and its receipt, each by what binds it to the log."""
    parts = check_parts(case.members, case.number, case.facts, case.report)
    delivered = [leaf for _, leaf in book.about(case.facts.message_id, "delivered") if _same(leaf, case.facts)]
    envelope = _envelope(case, parts, whose, delivered)
    _receipt(case, envelope, whose, delivered)
    used = {row.file for row in case.facts.parts} | {case.facts.envelope.file, case.facts.receipt.file}
    kept = {name for name in ("envelope", "receipt") if getattr(case.facts, name).file}
    for name in case.names:
        found = _BESIDE.fullmatch(name.removeprefix(f"{case.where}/"))
        if name not in used and (found is None or found[1] not in {None, *kept}):
            case.report.fault(Step.MESSAGES, name, "facts.json does not name it")


def _envelope(case: Case, parts: dict[str, Looked], whose: Whose, delivered: list[Leaf]) -> Opened | None:
    facts, said, kept = case.facts, case.told, case.facts.envelope
    if not kept.file:
        told = f"that {said.sender} signed {said.message_id}: its SOAP part is not here ({WHY[kept.why]})"
        case.report.unproven(Step.MESSAGES, case.where, told)
        return None
    until = case.leaf.at if facts.edge == "partner" else max((leaf.at for leaf in delivered), default=EVER)
    due = Expected(f"{case.where}/envelope", kept, facts.sender, case.leaf.at, until, case.names, whole=True)
    found = check_envelope(case.members, due, lambda row: _flaw(parts, row), whose, case.report)
    if found is None:
        return None
    _header(case, found)
    _parties(case, found, whose)
    _bound(case, delivered)
    missing = [
        row.cid for row in facts.parts if found.references and row.cid not in {each.cid for each in found.references}
    ]
    for cid in missing:
        case.report.fault(Step.MESSAGES, kept.file, f"the signature does not cover the part {cid}")
    if found.references:
        _signed(case, parts, found)
    return found


def _signed(case: Case, parts: dict[str, Looked], found: Opened) -> None:
    """Who signed what: only parts that the signed digests are known to be of are claimed."""
    said, file = case.told, case.facts.envelope.file
    what = "all its parts"
    for row in case.facts.parts:
        if row.why == "repacked":
            told = f"that part {called(row.cid)} of {said.message_id} is the one that was signed: {WHY[row.why]}"
        elif any(parts[row.cid].unopened(each) for each in found.references if each.cid == row.cid):
            told = f"that part {called(row.cid)} of {said.message_id} has the SHA-256 {row.digest}: its gzip bytes were signed, and are not here"
        else:
            continue
        case.report.unproven(Step.MESSAGES, file, told)
        what = "its header"
    if found.signer:
        told = f"{said.sender} signed {said.message_id} and {what} (certificate {found.signer[:16]})"
        case.report.proven(Step.MESSAGES, file, told)
    else:
        told = f"that {said.sender} signed {said.message_id}: nobody trusted says whose signature it is"
        case.report.unproven(Step.MESSAGES, file, told)


def _flaw(parts: dict[str, Looked], row: Reference) -> str:
    looked = parts.get(row.uri.removeprefix(CID)) or parts.get(row.cid)
    return looked.flaw(row) if looked else "the message has no such part"


def _header(case: Case, found: Opened) -> None:
    """What the signed header says is what facts.json says."""
    said = {
        "message_id": found.envelope.said(USER, INFO, (EB, "MessageId")),
        "conversation_id": found.envelope.said(USER, (EB, "CollaborationInfo"), (EB, "ConversationId")),
        "type": found.envelope.said(USER, (EB, "CollaborationInfo"), (EB, "Action")),
    }
    for key, value in said.items():
        if value != getattr(case.facts, key):
            case.fault(f"{key} is another than in the SOAP part")


def _parties(case: Case, found: Opened, whose: Whose) -> None:
    """The header is from the sender to the recipient: what was signed for another party is no message to this one."""
    known = whose.trust.names() if whose.trust else frozenset()
    for side, party in (("From", case.facts.sender), ("To", case.facts.recipient)):
        ids = frozenset(found.envelope.parties(side))
        if party in ids:
            continue
        named = " ".join(map(called, sorted(ids))) or "nobody"
        if ids & known:
            case.fault(f"the SOAP part is {side} {named}, not {called(party)}")
        told = f"that {called(party)} is whom the SOAP part of {case.told.message_id} means by {side} {named}"
        case.report.unproven(Step.MESSAGES, case.facts.envelope.file, told)


def _bound(case: Case, delivered: list[Leaf]) -> None:
    """The leaf says the digest of the SOAP part: at arrival, or when its delivery was confirmed."""
    told = [case.leaf.text("envelope")] if case.facts.edge == "partner" else [leaf.text("sent") for leaf in delivered]
    if not any(told):
        text = f"that the log knew the SOAP part of {case.told.message_id}: no entry here names its digest"
        case.report.unproven(Step.MESSAGES, case.facts.envelope.file, text)
    elif case.facts.envelope.digest not in told:
        case.report.fault(Step.MESSAGES, case.facts.envelope.file, "the log's entry names another digest")


def _receipt(case: Case, sent: Opened | None, whose: Whose, delivered: list[Leaf]) -> None:
    """The partner's receipt: signed, about this message, repeating exactly what was sent (AS4 5.1.8)."""
    facts, said, kept = case.facts, case.told, case.facts.receipt
    if not kept.file:
        told = f"that {said.recipient} confirmed {said.message_id}: there is no receipt here ({WHY[kept.why]})"
        case.report.unproven(Step.MESSAGES, case.where, told)
        return
    at = next((leaf.at for leaf in delivered if leaf.text("receipt") == kept.digest), 0)
    if not at:
        case.report.fault(Step.MESSAGES, kept.file, "no entry of a delivery here names its digest")
    span = (at, at) if at else (case.leaf.at, EVER)
    due = Expected(f"{case.where}/receipt", kept, facts.recipient, *span, case.names, whole=False)
    found = check_envelope(case.members, due, lambda _: "a receipt has no parts", whose, case.report)
    if found is None:
        return
    with case.report.guarded(Step.MESSAGES, kept.file):
        if found.envelope.said((EB, "SignalMessage"), INFO, (EB, "RefToMessageId")) != facts.message_id:
            raise Malformed("it is about another message")
        if sent is None:
            told = f"what {said.recipient} confirmed: what was sent to it is not here to be compared"
            case.report.unproven(Step.MESSAGES, kept.file, told)
        elif Counter(found.envelope.receipted()) != Counter(sent.references or _content(facts)):
            raise Malformed("it does not repeat exactly what was sent")
        elif found.signer:
            what = "exactly what is signed of it here" if sent.references else "these parts; its header is not signed"
            told = f"{said.recipient} signed that it received {said.message_id}, {what} ({found.signer[:16]})"
            case.report.proven(Step.MESSAGES, kept.file, f"{told}; the log says it came on {instant(at)}")


def _content(facts: MessageFacts) -> list[Reference]:
    """What a receipt for an unsigned message repeats: the digest of each part's content."""
    return [Reference(f"cid:{row.cid}", DIGEST_SHA256, bytes.fromhex(row.digest), ()) for row in facts.parts]


def _same(leaf: Leaf, facts: MessageFacts) -> bool:
    """Whether the leaf is about this message: others may have its MessageId, of another sender or to another recipient."""
    return (leaf.text("sender"), leaf.text("recipient")) == (facts.sender, facts.recipient)


def _removed(case: Case, book: Book) -> None:
    """9. What was removed is stated by the log; nobody can compute it again from what is here."""
    gone = "purged" in {case.facts.envelope.why, case.facts.receipt.why, *(row.why for row in case.facts.parts)}
    named = (leaf.facts.get("accepted", 0) for _, leaf in book.about(case.facts.message_id, "purged"))
    if gone and case.facts.leaf not in named:
        told = (
            f"that content of {case.told.message_id} was deleted after the agreed time: no entry here says that it was"
        )
        case.report.unproven(Step.REDACTION, case.where, told)
    rows = case.leaf.facts.get("removed")
    if not isinstance(rows, list) or not rows:
        return
    rules = sorted({str(row.get("rule", "")) for row in rows if isinstance(row, dict)})
    said = case.told.message_id
    told = f"{said}: the log states {len(rows)} removals by the rules {', '.join(map(called, rules))}"
    case.report.ok(Step.REDACTION, case.where, told)
    case.report.unproven(Step.REDACTION, case.where, f"what was removed from {said}: only its owner can show that")


def _texts(leaf: Leaf, key: str) -> list[str]:
    found = leaf.facts.get(key)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
