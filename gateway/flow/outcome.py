"""What an attempt came to: the answer judged, and the result with its log entry and notice."""

import hashlib
import json
from dataclasses import dataclass

from gateway.core import receipt, schedule
from gateway.core.agreement import Limits, Register
from gateway.core.ebms import Signal, iso, read_signal
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import SECOND, Micros
from gateway.core.states import Event
from gateway.core.texts import told
from gateway.core.unpack import messaging
from gateway.flow.ports import Job, Notice, Overdue, Result
from gateway.flow.sending import Reply

Judged = tuple[ErrorCode | None, Reply]
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


def judge(job: Job, reply: Reply) -> ErrorCode | None:
    """None where the answer confirms the delivery; else what is wrong with it."""
    return _judge_signal(job, reply) if job.kind == "partner" else schedule.http_failure(reply.status)


def detail(reply: Reply) -> str:
    """What the partner's errors say; partners' texts are kept, bodies of other answers are not."""
    signal = _signal(reply)
    if signal is None:
        return f"HTTP {reply.status}"
    return "; ".join(f"{published} {text}" for _, published, text in signal.errors)[:DETAIL]


def confirmed(job: Job, body: bytes, now: Micros, nonce: bytes, via: str = "") -> Result:
    """The target has it: the receipt is kept, its digest is in the log; `via`: how it came, if not as the answer."""
    kept = body if job.kind == "partner" else b""
    leaf = entry(
        CONFIRMED[job.kind],
        now,
        nonce,
        **_facts(job),
        attempt=job.attempt,
        digest_out=job.parts[0].digest if job.parts else b"",
        receipt=hashlib.sha256(kept).digest() if kept else b"",
        late=now > job.deadline,
        via=via,
        controls=["EA-3.5", "EA-4.1"],
    )
    return Result(
        job.id, job.attempt, job.message, job.kind, job.target, Event.RECEIPT, leaf, receipt=kept, unasked=bool(via)
    )


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
        "meaning": told(code.meaning, register.language),
        "detail": told(text, register.language)[:DETAIL],
        "at": iso(now),
    }
    return Notice(f"system:{system.id}", json.dumps(facts, ensure_ascii=False).encode(), Micros(now + NOTICE_LIFE))


def _judge_signal(job: Job, reply: Reply) -> ErrorCode | None:
    signal = _signal(reply)
    if signal is None:
        return schedule.http_failure(reply.status) or ErrorCode.NOT_AN_ANSWER
    if signal.receipt:
        return receipt.confirms(signal, job.header.message_id, [(part.cid, part.digest) for part in job.parts])
    return schedule.signalled(signal)


def _signal(reply: Reply) -> Signal | None:
    """The AS4 signal in an answer; a peer may send it under any HTTP status."""
    try:
        header, _ = messaging(reply.body, reply.content_type, SIGNAL_LIMITS)
    except Rejected:
        return None
    return read_signal(header)
