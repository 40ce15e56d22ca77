"""Two gateways of which one comes for its messages."""

from dataclasses import replace
from datetime import timedelta

from gateway.core import ebms
from gateway.core.names import PartyId
from gateway.core.pmode import Binding, Pull
from gateway.core.security import sign_signal
from gateway.flow.sending import Reply
from tests.town import Node, Town

MPC = "urn:example:channel:BY"


def let_pull(node: Node, party: str = "BY.GTK", mpc: str = MPC, agreement: str = "") -> None:
    """From now on the party comes for its messages: those under the agreement, or all."""
    parties = node.settings.register.parties
    known = parties[PartyId(party)]
    refs = [agreement] if agreement else ["", *known.pmodes]
    pulled = {ref: replace(known.pmode(ref), binding=Binding.PULL, mpc=mpc) for ref in refs}
    parties[PartyId(party)] = replace(known, pmodes={**known.pmodes, **pulled})  # type: ignore[index]


def go_for(node: Node, party: str = "KZ.KGD", mpc: str = MPC, every: int = 10) -> None:
    """From now on the gateway comes to the party for messages."""
    parties = node.settings.register.parties
    known = parties[PartyId(party)]
    parties[PartyId(party)] = replace(known, pull=Pull(mpc, timedelta(seconds=every)))  # type: ignore[index]


async def pull(town: Town, mpc: str = MPC, who: str = "BY.GTK", of: str = "KZ.KGD", *, sign: bool = True) -> Reply:
    """What a PullRequest is answered."""
    body = ebms.write_pull_request(town.clock.message_id(), town.clock.now(), mpc)
    register = town[who].settings.register
    signed = sign_signal(body, register.parties[PartyId(of)].pmode(), register) if sign else body
    return await town[of].receive(town[who].house, ebms.SOAP_TYPE, signed)


async def take_in(town: Town, pulled: Reply, who: str = "BY.GTK", of: str = "KZ.KGD") -> Reply:
    """The pulled message is taken by whoever pulled; its receipt."""
    return await town[who].receive(town[of].house, pulled.content_type, pulled.body)


async def post_back(town: Town, signal: Reply, who: str = "BY.GTK", to: str = "KZ.KGD") -> Reply:
    """The signal in a request of its own."""
    return await town[to].receive(town[who].house, signal.content_type, signal.body)
