"""Two gateways of which one comes for its messages."""

from dataclasses import replace
from datetime import timedelta

from gateway.core import ebms
from gateway.core.names import PartyId
from gateway.core.pmode import PROFILES, Binding, Pull
from gateway.flow.sending import Reply
from tests.town import Node, Town

MPC = "urn:example:channel:BY"


def let_pull(node: Node, party: str = "BY.GTK", mpc: str = MPC, agreement: str = "") -> None:
    """From now on the party comes for its messages."""
    parties = node.settings.register.parties
    known = parties[PartyId(party)]
    pmodes = {**known.pmodes, agreement: replace(PROFILES["plain-tls"], binding=Binding.PULL, mpc=mpc)}
    parties[PartyId(party)] = replace(known, pmodes=pmodes)  # type: ignore[index]


def go_for(node: Node, party: str = "KZ.KGD", mpc: str = MPC, every: int = 10) -> None:
    """From now on the gateway comes to the party for messages."""
    parties = node.settings.register.parties
    known = parties[PartyId(party)]
    parties[PartyId(party)] = replace(known, pull=Pull(mpc, timedelta(seconds=every)))  # type: ignore[index]


async def pull(town: Town, mpc: str = MPC, who: str = "BY.GTK", of: str = "KZ.KGD") -> Reply:
    """What a PullRequest is answered."""
    body = ebms.write_pull_request(town.clock.message_id(), town.clock.now(), mpc)
    return await town[of].receive(town[who].house, ebms.SOAP_TYPE, body)


async def take_in(town: Town, pulled: Reply, who: str = "BY.GTK", of: str = "KZ.KGD") -> Reply:
    """The pulled message is taken by whoever pulled; its receipt."""
    return await town[who].receive(town[of].house, pulled.content_type, pulled.body)


async def post_back(town: Town, signal: Reply, who: str = "BY.GTK", to: str = "KZ.KGD") -> Reply:
    """The signal in a request of its own."""
    return await town[to].receive(town[who].house, signal.content_type, signal.body)
