"""Signals as messages of this gateway's own, through the same stages as every other."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.core.agreement import Agreement, Register
from gateway.core.authenticate import authenticate_own
from gateway.core.ebms import iso
from gateway.core.errors import Fault, Rejected
from gateway.core.language import Language
from gateway.core.message import Authenticated, Peer, Received, Sealed, Stated
from gateway.core.names import Edge, MessageId
from gateway.core.pmode import BusinessFaults
from gateway.core.redact import index, redact
from gateway.core.screen import screen
from gateway.core.seal import seal
from gateway.core.signal import Signals, document_id, fill
from gateway.core.soap import Keyring
from gateway.core.texts import told
from gateway.core.unpack import unpack
from gateway.core.validate import validate
from gateway.flow.chance import chance
from gateway.flow.ports import Clock

CONTENT = ("GW:5", "GW:6")  # codes of faults of the content: schema, rules, restrictions, the sender's signature
LONGEST_TEXT = 1000  # characters of the reason


def own_message(document: bytes, stated: Stated, register: Register, clock: Clock) -> Sealed:
    """The document, sealed as a message to the stated recipient; Rejected where it cannot be one."""
    now, fresh = clock.now(), MessageId(stated.message_id)
    received = Received(Edge.NATIONAL, Peer(), document, "application/xml", fresh, stated)
    keyring = Keyring(register.openers, chance(clock))
    own = authenticate_own(unpack(received, register.limits, keyring), register)
    return seal(redact(validate(screen(own, register), register, now)), register, now, (clock.nonce(),))


def told_by_signal(known: Authenticated, refusal: Rejected) -> bool:
    """Whether the partner hears of the faults by a signal, after a receipt: all are its content's, and that is agreed."""
    agreed = known.pmode is not None and known.pmode.business_faults is BusinessFaults.SIGNAL
    return agreed and all(fault.code.code.startswith(CONTENT) for fault in refusal.faults)


def turned_down(known: Authenticated, faults: Sequence[Fault], register: Register, clock: Clock) -> Sealed | None:
    """The signal «error» about a partner's message; None where the agreement has none, and about a signal.

    It belongs to no transaction here: the message opens none.
    """
    document, stated = known.unpacked.document, known.unpacked.stated
    agreement = _agreement(known, register)
    if document is None or agreement is None or agreement.signals is None:
        return None
    kind = agreement.messages[str(document.tag)]
    if kind.signals:
        return None
    said = Stated(
        clock.message_id(),
        recipients=(known.sender.id,),
        agreement=agreement.ref,
        purpose=stated.purpose,
        conversation_id=stated.conversation_id,
        ref_to_message_id=known.identity.message_id,
    )
    reference = dict(reversed(index(kind, document))).get("document", "")
    sealed = own_message(_error(agreement.signals, said, reference, faults, clock), said, register, clock)
    (message,) = sealed.messages
    receiver = register.receiver(kind.type)
    turn = replace(message.turn, follows="", opens=False)
    system = receiver.id if receiver else message.system
    return replace(sealed, messages=(replace(message, system=system, turn=turn),))


def _agreement(known: Authenticated, register: Register) -> Agreement | None:
    stated, document = known.unpacked.stated, known.unpacked.document
    root = "" if document is None else str(document.tag)
    knowing = (found for found in register.agreements if root in found.messages)
    return next((found for found in knowing if stated.agreement in {"", found.id, found.ref}), None)


def _error(signals: Signals, said: Stated, reference: str, faults: Sequence[Fault], clock: Clock) -> bytes:
    """The template, with every fault's code and place: never a value."""
    lines = dict.fromkeys(
        # EEC Board Decision 5 of 2015, paras 66-76: the reason is told in Russian.
        f"{fault.code.code} {fault.path}: {told(fault.code.meaning, Language.RU)}"
        for fault in faults
    )
    values = {
        "document": document_id(clock.nonce()),
        "reference": reference,
        "message": said.ref_to_message_id,
        "conversation": said.conversation_id,
        "at": iso(clock.now()),
        "code": signals.published(faults[0].code.code),
        "text": "; ".join(lines)[:LONGEST_TEXT],
    }
    return fill(signals.templates["error"], values)
