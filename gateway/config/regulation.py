"""The regulation of exchange in an agreement file: patterns, timers, answers and signals become values, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lxml import etree

from gateway.config.faults import Faults
from gateway.config.models import AgreementFile, MessageSection, SignalsSection
from gateway.core.agreement import MessageType
from gateway.core.names import SECOND, Micros
from gateway.core.patterns import STEPS, Event, Giver, Pattern
from gateway.core.pmode import BusinessFaults
from gateway.core.regulation import Regulation
from gateway.core.signal import PLACEHOLDERS, Signals, document_id, fill, unknown

BY_MESSAGE = frozenset({Giver.GATEWAY, Giver.INBOX, Giver.SYSTEM})
NONE = frozenset({Giver.NONE})
RECEIVED = frozenset(Giver)
ACCEPTED = frozenset(Giver) - {Giver.RECEIPT}

# Pattern ► who may give the signal received, and who accepted; the first one named is what goes without saying.
GIVERS: Mapping[Pattern, tuple[Giver, frozenset[Giver], Giver, frozenset[Giver]]] = {
    Pattern.MUTUAL_OBLIGATIONS: (Giver.GATEWAY, RECEIVED - NONE, Giver.GATEWAY, ACCEPTED - NONE),
    Pattern.QUESTION_ANSWER: (Giver.NONE, NONE, Giver.NONE, NONE),
    Pattern.REQUEST_RESPONSE: (Giver.RECEIPT, RECEIVED, Giver.NONE, ACCEPTED),
    Pattern.REQUEST_CONFIRMATION: (Giver.RECEIPT, RECEIVED, Giver.NONE, NONE),
    Pattern.NOTIFICATION: (Giver.RECEIPT, RECEIVED - NONE, Giver.NONE, NONE),
    Pattern.DISTRIBUTION: (Giver.NONE, NONE, Giver.NONE, NONE),
}
INDEXED = ("document", "reference", "signal")  # names that the signals' paths take in the index
SAMPLE = {
    **dict.fromkeys(PLACEHOLDERS, "a <&> sample"),
    "document": document_id(bytes(16)),
    "reference": document_id(b"\xff" * 16),
    "at": "2026-01-01T00:00:00.000Z",
}


@dataclass(frozen=True, slots=True)
class Where:
    """A section of an agreement file, and where its faults are told."""

    path: Path
    key: str
    faults: Faults

    def add(self, key: str, problem: str) -> None:
        """One more fault in this section."""
        self.faults.add(self.path, f"{self.key}.{key}".strip("."), problem)


def regulation(section: MessageSection) -> Regulation:
    """The regulation as the file says it, with what goes without saying."""
    received, _, accepted, _ = GIVERS[section.pattern]
    return Regulation(
        section.pattern,
        section.signals.received or received,
        section.signals.accepted or accepted,
        _micros(section.receipt_within),
        _micros(section.accept_within),
        _micros(section.answer_within),
        _micros(section.deliver_within),
        tuple(section.answers),
    )


def answering(file: AgreementFile, section: MessageSection) -> bool:
    """Whether the type answers another one."""
    return any(section.type in other.answers for other in file.message)


def check(where: Where, file: AgreementFile, section: MessageSection) -> None:
    """The pattern has what it needs and nothing that it cannot have."""
    found, (_, may_receive, _, may_accept) = regulation(section), GIVERS[section.pattern]
    types = {other.type for other in file.message}
    for answer in sorted(set(section.answers) - types):
        where.add("answers", f"no message type {answer}; there are: {', '.join(sorted(types))}")
    for name, giver, allowed in (
        ("received", found.received, may_receive),
        ("accepted", found.accepted, may_accept),
    ):
        if giver not in allowed:
            expected = " | ".join(sorted(giver.value for giver in allowed))
            where.add(f"signals.{name}", f"{giver.value}: in {section.pattern.value} expected {expected}")
    if {found.received, found.accepted} & BY_MESSAGE and file.signals is None:
        where.add("signals", "expected [signals] in this file: how a signal is written was not agreed")
    if section.ordered_by and section.ordered_by not in section.index:
        where.add("ordered_by", f"no {section.ordered_by} in index; there are: {', '.join(section.index) or 'none'}")
    for name in sorted(section.index.keys() & set(INDEXED)):
        where.add(f"index.{name}", "this name belongs to [signals]")
    _check_timers(where, file, section, found)


def _check_timers(where: Where, file: AgreementFile, section: MessageSection, found: Regulation) -> None:
    """A pure answer and a signal open nothing: only what opens a transaction has to say who answers, and when."""
    is_signal = file.signals is not None and file.signals.type == section.type
    asks = any(event is Event.ANSWER for _, event in STEPS[section.pattern])
    if asks and not is_signal and not answering(file, section):
        if not section.answers:
            where.add("answers", f"expected the types that answer it: {section.pattern.value}")
        if section.answer_within is None:
            where.add("answer_within", f"expected the time for the answer: {section.pattern.value}")
    if found.accepted is not Giver.NONE and section.accept_within is None and not is_signal:
        where.add("accept_within", "expected the time for the signal accepted")
    if section.answers and not asks:
        where.add("answers", f"nothing answers a {section.pattern.value}")


def index_paths(file: AgreementFile, section: MessageSection) -> dict[str, str]:
    """The paths by which signals and answers find their transaction, for the types that can be in one."""
    signals = file.signals
    if signals is None:
        return {}
    is_signal, is_answer = section.type == signals.type, answering(file, section)
    found = {"signal": signals.code} if is_signal else {}
    if is_signal or is_answer:
        found["reference"] = signals.reference
    told = bool({regulation(section).received, regulation(section).accepted} & BY_MESSAGE)
    if is_answer or section.answers or told or file.pmode.business_faults is BusinessFaults.SIGNAL:
        found["document"] = signals.document
    return found


def codes(file: AgreementFile, section: MessageSection) -> dict[str, str]:
    """For the signals' type: the code in the document ► received, accepted, error."""
    if file.signals is None or file.signals.type != section.type:
        return {}
    return {code: name for name, code in file.signals.codes}


def signals(path: Path, file: AgreementFile, messages: Mapping[str, MessageType], faults: Faults) -> Signals | None:
    """The signals' templates, each of which makes a valid document; None where the agreement has none."""
    section = file.signals
    if section is None:
        return None
    found = next((kind for kind in messages.values() if kind.type == section.type), None)
    if found is None:
        faults.add(path, "signals.type", f"no message type {section.type} that can be used")
        return None
    for name, template in section.templates:
        _check_template(Where(path, f"signals.templates.{name}", faults), section, found, name, template)
    return Signals(section.type, found.root, dict(section.templates), dict(section.errors))


def _check_template(where: Where, section: SignalsSection, kind: MessageType, name: str, template: str) -> None:
    """Filled with samples, the template is a document of the signals' type that says what it should."""
    if wrong := unknown(template):
        where.add("", f"unknown {', '.join(wrong)}; there are: {', '.join(PLACEHOLDERS)}")
        return
    try:
        document = etree.fromstring(fill(template, SAMPLE))
    except etree.XMLSyntaxError:
        where.add("", "not well-formed XML")
        return
    if document.tag != kind.root or not kind.validator().validate(document):
        where.add("", f"not a valid {kind.type} once it is filled in")
        return
    said = [
        (element.text or "").strip()
        for key, found in kind.index
        if key == "signal"
        for element in found.select(document)
    ]
    if said != [dict(section.codes)[name]]:
        where.add("", f"expected {dict(section.codes)[name]} at {section.code}")


def _micros(duration: timedelta | None) -> Micros:
    return Micros(int(duration.total_seconds()) * SECOND if duration else 0)
