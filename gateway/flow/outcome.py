"""What an attempt came to: the answer judged, and the result with its log entry and notice."""

import hashlib
import json
from dataclasses import dataclass

from gateway.core import ebms, receipt, schedule, soap
from gateway.core.agreement import Limits, Register
from gateway.core.ebms import Signal, iso, read_signal
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Wrapped
from gateway.core.names import SECOND, Micros
from gateway.core.security import prove
from gateway.core.soap_fault import fault_code
from gateway.core.states import Event
from gateway.core.texts import told
from gateway.flow.ports import Job, Notice, Overdue, Result
from gateway.flow.sending import Reply

KIND = {
    Event.POSTPONE: "attempt",
    Event.REFUSE: "failed",
    Event.DUPLICATE: "unproven",
    Event.EXPIRE: "expired",
}
CONFIRMED = {"partner": "delivered", "push": "pushed", "notice": "notified"}
TOLD = (Event.REFUSE, Event.DUPLICATE, Event.EXPIRE)  # the producer hears of these
NOTICE_LIFE = Micros(72 * 3600 * SECOND)
SIGNAL_LIMITS = Limits(body=1024 * 1024)
DETAIL = 2000  # characters of a partner's detail that are kept


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong and what follows from it."""

    event: Event
    code: ErrorCode
    detail: str
    next_attempt_at: Micros
    gate_until: Micros | None
    via: str = ""  # how the partner said it, where it was no answer to an attempt


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer says: None where it confirms the delivery, else what is wrong, and the partner's own words."""

    code: ErrorCode | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A partner's signal and the envelope that proves it."""

    signal: Signal
    wrapped: Wrapped


def judge(job: Job, reply: Reply, register: Register, now: Micros) -> Judged:
    """Whether the answer confirms the delivery; partners' texts are kept, bodies of other answers are not."""
    if job.kind != "partner":
        return Judged(schedule.http_failure(reply.status), f"HTTP {reply.status}")
    said = read(reply)
    if said is None:
        code = fault_code(reply.body, reply.content_type, SIGNAL_LIMITS)
        shown = f"HTTP {reply.status}" + (f", SOAP Fault {code}" if code else "")
        return Judged(schedule.http_failure(reply.status) or ErrorCode.NOT_AN_ANSWER, shown)
    return judge_signal(job, said, register, now)


def judge_signal(job: Job, said: Said, register: Register, now: Micros) -> Judged:
    """What the partner's signal about the message says: a receipt counts where it is as the P-Mode demands."""
    signal, party = said.signal, register.parties.get(job.header.recipient)
    if not signal.receipt:
        return Judged(schedule.signalled(signal, job.header.message_id), words(signal))
    if party is None:
        return Judged(ErrorCode.PARTY_UNKNOWN)
    try:
        prove(said.wrapped, (party, party.pmode(job.header.agreement)), register, now)
    except Rejected as refusal:
        fault = refusal.faults[0]
        return Judged(ErrorCode.EBMS_0302, f"{fault.code.code} {fault.path} {fault.expected}"[:DETAIL])
    sent = receipt.expected(job.pack.soap, [(part.cid, part.digest) for part in job.parts])
    return Judged(receipt.confirms(signal, job.header.message_id, sent))


def words(signal: Signal) -> str:
    """What a partner's errors say, cut to a length."""
    return "; ".join(f"{published} {text}" for _, published, text in (*signal.errors, *signal.warnings))[:DETAIL]


def read(reply: Reply) -> Said | None:
    """The AS4 signal in an answer; a peer may send it under any HTTP status."""
    try:
        wrapped = soap.split(reply.body, reply.content_type, SIGNAL_LIMITS)
        signal = read_signal(soap.messaging(wrapped.envelope))
    except Rejected:
        return None
    return Said(signal, wrapped) if signal is not None else None


def confirmed(job: Job, reply: Reply, now: Micros, nonce: bytes, via: str = "") -> Result:
    """The target has it: the receipt is kept, its digest is in the log; `via`: how it came, if not as the answer."""
    kept = _soap_part(reply) if job.kind == "partner" else b""
    leaf = entry(
        CONFIRMED[job.kind],
        now,
        nonce,
        **_facts(job),
        attempt=job.attempt,
        sequence=job.sequence,
        digest_out=job.parts[0].digest if job.parts else b"",
        receipt=hashlib.sha256(kept).digest() if kept else b"",
        sent=hashlib.sha256(job.pack.soap).digest() if kept else b"",
        late=now > job.deadline,
        via=via,
        controls=["EA-3.5", "EA-4.1"],
    )
    return Result(
        job.id, job.attempt, job.message, job.kind, job.target, Event.RECEIPT, leaf, receipt=kept, unasked=bool(via)
    )


def _soap_part(reply: Reply) -> bytes:
    """The signal itself, also where it came in MIME; it was read before."""
    media_type = reply.content_type.partition(";")[0].strip().lower()
    if media_type == ebms.SOAP_TYPE:
        return reply.body
    return soap.split(reply.body, reply.content_type, SIGNAL_LIMITS).soap


def failed(job: Job, failure: Failure, register: Register, now: Micros, nonce: bytes) -> Result:
    """The attempt did not deliver; the log says why and when the next one is."""
    leaf = entry(
        "integrity" if failure.code is ErrorCode.INTEGRITY_FAILURE else KIND[failure.event],
        now,
        nonce,
        **_facts(job),
        attempt=job.attempt,
        code=failure.code.code,
        next_attempt_at=failure.next_attempt_at if failure.event is Event.POSTPONE else 0,
        via=failure.via,
        controls=["EA-4.1"],
    )
    return Result(
        job.id,
        job.attempt,
        job.message,
        job.kind,
        job.target,
        failure.event,
        leaf,
        failure.code.code,
        failure.detail[:DETAIL],
        failure.next_attempt_at,
        gate_until=failure.gate_until,
        notice=_notice(job, failure.event, failure.code, failure.detail, register, now),
        unasked=bool(failure.via),
    )


def expired(overdue: Overdue, register: Register, now: Micros, nonce: bytes) -> Result:
    """The deadline passed first; the producer is told (AS4: EBMS:0301 MissingReceipt)."""
    code = ErrorCode.DEADLINE_PASSED
    leaf = entry("expired", now, nonce, **_facts(overdue), attempt=overdue.attempt, code=code.code, controls=["EA-4.1"])
    return Result(
        overdue.id,
        overdue.attempt,
        overdue.message,
        overdue.kind,
        overdue.target,
        Event.EXPIRE,
        leaf,
        code.code,
        code.meaning,
        notice=_notice(overdue, Event.EXPIRE, code, code.meaning, register, now),
    )


def _facts(job: Job | Overdue) -> dict[str, object]:
    header = job.header
    return {
        "message_id": header.message_id,
        "sender": header.sender,
        "recipient": header.recipient,
        "type": header.action,
        "delivery": job.kind,
        "target": job.target,
    }


def _notice(  # noqa: PLR0913, PLR0917 - the facts of one notice
    job: Job | Overdue, event: Event, code: ErrorCode, text: str, register: Register, now: Micros
) -> Notice | None:
    """For the producer's webhook, about a delivery to a partner that did not succeed."""
    system = register.systems.get(job.system)
    if job.kind != "partner" or event not in TOLD or system is None or not system.webhook:
        return None
    facts = {
        "event": KIND[event],
        "message_id": job.header.message_id,
        "conversation_id": job.header.conversation_id,
        "recipient": job.header.recipient,
        "type": job.header.action,
        "code": code.code,
        "ebms": code.ebms,  # what AS4 calls it: EBMS:0301 MissingReceipt at the deadline
        "meaning": told(code.meaning, register.language),
        "detail": told(text, register.language)[:DETAIL],
        "at": iso(now),
    }
    return Notice(f"system:{system.id}", json.dumps(facts, ensure_ascii=False).encode(), Micros(now + NOTICE_LIFE))
