"""Who may pull what: a channel (MPC) belongs to the party whose P-Mode names it (ebMS 3.4.1, AS4 5.2.3)."""

from dataclasses import dataclass

from gateway.core.agreement import Party, Register
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.heading import Heading
from gateway.core.pmode import Binding, PMode
from gateway.core.texts import say


def pulls(party: Party) -> bool:
    """Whether the party comes for its messages: nothing is pushed to it then."""
    return any(pmode.binding is Binding.PULL for pmode in party.pmodes.values())


@dataclass(frozen=True, slots=True)
class Channel:
    """One of a party's channels."""

    pmode: PMode  # how its PullRequests are secured
    others: frozenset[str]  # agreements whose messages it never carries: they have another channel


def channels(party: Party) -> dict[str, Channel]:
    """The party's channels by their MPC."""
    pulled = {ref: pmode for ref, pmode in party.pmodes.items() if pmode.binding is Binding.PULL}
    return {
        each.mpc: Channel(each, frozenset(ref for ref, pmode in pulled.items() if ref and pmode.mpc != each.mpc))
        for each in pulled.values()
    }


def channel(party: Party, heading: Heading, register: Register) -> Channel:
    """The requested channel; Rejected where it is not the party's.

    EBMS:0010 where there is no such channel, EBMS:0101 where it is another party's.
    """
    own = channels(party)
    if heading.mpc in own:
        return own[heading.mpc]
    about = Refused(heading.message_id, party.id, heading.kind)
    if any(heading.mpc in channels(other) for other in register.parties.values()):
        raise Rejected(Fault(ErrorCode.EBMS_0101, "eb:PullRequest/@mpc", expected=say("own_channel")), about=about)
    raise Rejected(Fault(ErrorCode.EBMS_0010, "eb:PullRequest/@mpc", expected=say("known_channel")), about=about)
