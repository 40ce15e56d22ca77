"""With which partners accounts are kept, and what is set about it: how long a number may be missing, when days are compared."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.core.agreement import Party, Register
from gateway.core.evidence.notary import PeerLog
from gateway.core.names import SECOND, Micros, PartyId

NOTE = "text/plain"  # content type of notes and lists
OK, MALFORMED, NO_LOG, ANOTHER = 200, 400, 403, 409  # 409: the partner comes to another text


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings of this moment."""

    gap_after: timedelta = timedelta(hours=72)
    reconcile_at: timedelta = timedelta(hours=1)  # after midnight, UTC


def patience(party: Party, register: Register, terms: Terms) -> Micros:
    """How long a message of the party may be on its way: never shorter than any deadline that is agreed with it."""
    deadlines = [
        kind.deliver_within
        for agreement in register.agreements
        if agreement.id in party.agreements
        for kind in agreement.messages.values()
    ]
    return Micros(int(max([terms.gap_after, *deadlines]).total_seconds()) * SECOND)


@dataclass(frozen=True, slots=True)
class Partner:
    """A party with a log: accounts are kept with it."""

    party: Party
    log: PeerLog

    @property
    def id(self) -> PartyId:
        """The party's."""
        return self.party.id


def partner(party: Party) -> Partner | None:
    """The party, where it has a log."""
    return Partner(party, party.log) if party.log else None


def partners(register: Register) -> list[Partner]:
    """Every one but ourselves."""
    found = (partner(party) for party in register.parties.values() if party.id != register.own.id)
    return [each for each in found if each]


def numbered(register: Register) -> frozenset[str]:
    """The targets whose messages get a number."""
    return frozenset(f"party:{each.id}" for each in partners(register))
