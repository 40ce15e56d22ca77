"""How long messages are kept: the moment before which what was exchanged under an agreement may be removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

from gateway.core.agreement import Agreement, Register, folded
from gateway.core.ebms import iso
from gateway.core.errors import ErrorCode, Fault, Rejected, rejected
from gateway.core.names import SECOND, Micros
from gateway.core.texts import say

Terms = Mapping[str, Micros]  # AgreementRef ► its messages accepted before this moment may go


@dataclass(frozen=True, slots=True)
class Asked:
    """Which messages are to be removed."""

    agreement: str = ""  # id or id:version; empty: of every agreement that is configured
    before: Micros | None = None  # accepted before; None: as far as the agreed time has passed


def terms(register: Register, asked: Asked, now: Micros) -> Terms:
    """What may go for whom; Rejected where a date inside the agreed time, or an unknown agreement, is asked for."""
    latest = {
        agreement.ref: over(agreement, now)
        for agreement in register.agreements
        if asked.agreement in ("", agreement.id, agreement.ref)
    }
    if not latest:
        raise rejected(ErrorCode.NOT_FOUND, "agreement", say("configured_agreement"))
    if asked.before is None:
        return latest
    early = {ref: moment for ref, moment in latest.items() if asked.before > moment}
    if early:
        raise Rejected(
            *(Fault(ErrorCode.RETAINED, ref, expected=say("retained_until", day=iso(at))) for ref, at in early.items())
        )
    return dict.fromkeys(latest, asked.before)


def before(register: Register, asked: Asked) -> Terms:
    """Everything that was accepted before the moment, whether it may go or not: for an archive that nothing follows."""
    moment = asked.before or Micros(0)
    return {each.ref: moment for each in register.agreements if asked.agreement in ("", each.id, each.ref)}


def still(register: Register, agreed: Terms, now: Micros) -> Terms:
    """What of it may go now: an agreement that is kept longer since, or is not configured any more, keeps its messages."""
    latest = {agreement.ref: over(agreement, now) for agreement in register.agreements}
    return {ref: min(moment, latest[ref]) for ref, moment in agreed.items() if ref in latest}


def over(agreement: Agreement, now: Micros) -> Micros:
    """What was accepted before this moment has been kept for the agreed time."""
    return Micros(now - int(agreement.retain.total_seconds()) * SECOND)


def line(leaf: int | None, message_id: str) -> bytes:
    """A message of a choice, as the digest over the choice has it."""
    return f"{leaf} {message_id}\n".encode()


def is_same(person: str, other: str) -> bool:
    """Whether two names are one person's, however they are written; what reads as nothing is nobody else's name."""
    first, second = map(_read, (person, other))
    return first == second or not first or not second


def _read(name: str) -> str:
    """What a reader sees of a name: letters by what they are, none that cannot be seen."""
    seen = "".join(each for each in normalize("NFKC", name) if each.isspace() or each.isprintable())
    return folded(seen)
