"""Asks a partner's test service (ebMS 5.2.2): nothing is stored as a message, nothing is delivered."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.agreement import Party, Register
from gateway.core.ebms import SOAP_TYPE, TEST_ACTION, TEST_SERVICE
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode
from gateway.core.message import Header
from gateway.core.names import SECOND, MessageId, Micros, SystemId
from gateway.core.pack import Pack, pack
from gateway.flow import outcome
from gateway.flow.chance import chance
from gateway.flow.ports import Clock, EntryStore, Job
from gateway.flow.sending import Reply, SendError, Transport

LIFE = Micros(60 * SECOND)


class Result(StrEnum):
    """What a ping met."""

    RECEIPT = "receipt"
    ERROR = "error"  # the partner answered, but with no receipt that holds
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Ping:
    """What a partner's test service answered, and in how many seconds."""

    result: Result
    code: ErrorCode | None
    detail: str
    seconds: float
    message_id: MessageId
    answer: Reply | None = None  # as it came: for whoever looks into a fault


@dataclass(frozen=True, slots=True)
class Pinger:
    """What a ping needs."""

    register: Register
    transport: Transport
    clock: Clock
    store: EntryStore


async def ping(party: Party, by: Pinger, agreement: str = "") -> Ping:
    """A message to the party's test service was sent and its answer judged; the log has it as `pinged`.

    Under the agreement with that reference, or under none.
    """
    job = _job(party, by, agreement)
    began = by.clock.now()
    code, detail, reply = await _asked(job, by)
    seconds = (by.clock.now() - began) / SECOND
    found = Ping(_result(code, reply), code, detail, seconds, job.header.message_id, reply)
    leaf = entry(
        "pinged",
        by.clock.now(),
        by.clock.nonce(),
        message_id=found.message_id,
        recipient=party.id,
        result=found.result,
        code=code.code if code else "",
        milliseconds=int(seconds * 1000),
    )
    await by.store.append(leaf)
    return found


async def _asked(job: Job, by: Pinger) -> tuple[ErrorCode | None, str, Reply | None]:
    """What is wrong with the answer, in words where it says them, and the answer."""
    try:
        reply = await by.transport.send(job.target, job.pack.content_type, job.pack.soap)
    except SendError as error:
        return error.code, error.detail, None
    judged = outcome.judge(job, reply, by.register, by.clock.now())
    return judged.code, judged.detail if judged.code else "", reply


def _result(code: ErrorCode | None, reply: Reply | None) -> Result:
    if code is None:
        return Result.RECEIPT
    return Result.NO_ANSWER if reply is None else Result.ERROR


def _job(party: Party, by: Pinger, agreement: str) -> Job:
    """The ping as if it were a delivery's first attempt."""
    now, message_id = by.clock.now(), by.clock.message_id()
    header = Header(
        message_id=message_id,
        conversation_id=message_id,
        ref_to_message_id="",
        sender=by.register.own.id,
        recipient=party.id,
        agreement=agreement,
        service=TEST_SERVICE,
        action=TEST_ACTION,
        purpose="",
        environment=by.register.own.environment,
        timestamp=now,
        deadline=Micros(now + LIFE),
    )
    secured = pack(header, (), (party, party.pmode(agreement)), by.register.at(now), chance(by.clock))
    packed = Pack(f"{SOAP_TYPE}; charset=UTF-8", secured.soap)  # without payloads: no MIME
    return Job(0, 1, "partner", f"party:{party.id}", 0, header, SystemId(""), "", (), header.deadline, packed)
