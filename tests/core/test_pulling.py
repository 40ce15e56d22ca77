"""Who may pull what: the table of channels."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.core.agreement import Party, Register
from gateway.core.errors import Rejected
from gateway.core.heading import Heading, Kind
from gateway.core.names import Environment, Member, PartyId
from gateway.core.pmode import PROFILES, Binding, PMode
from gateway.core.pulling import Channel, channel, channels, pulls

PUSHED = PROFILES["plain-tls"]


def on(mpc: str) -> PMode:
    """A P-Mode whose party pulls from the channel."""
    return replace(PUSHED, binding=Binding.PULL, mpc=mpc)


def party(name: str, **pmodes: PMode) -> Party:
    """A party with P-Modes by agreement; `none` is the one without agreement."""
    found: Mapping[str, PMode] = {"" if ref == "none" else f"{ref}:1": pmode for ref, pmode in pmodes.items()}
    return Party(PartyId(name), Member("BY"), "customs", Environment.TEST, "https://by", frozenset(), {}, pmodes=found)


def asked(mpc: str, who: Party, *others: Party) -> frozenset[str]:
    """What the channel does not carry."""
    register = SimpleNamespace(parties={each.id: each for each in (who, *others)})
    found = channel(who, Heading(Kind.PULL, "p@by", "", mpc), cast("Register", register))
    assert found.pmode.mpc == mpc
    return found.others


def test_a_party_pulls_where_one_of_its_p_modes_says_so() -> None:
    """Then nothing is pushed to it."""
    assert pulls(party("BY", none=on("urn:m")))
    assert pulls(party("BY", none=PUSHED, transit=on("urn:m")))
    assert not pulls(party("BY", none=PUSHED))
    assert not pulls(party("BY"))


def test_each_channel_carries_what_no_other_of_the_party_does() -> None:
    """With one channel that is everything; with two, each leaves the other's agreements out."""
    assert channels(party("BY", none=on("urn:m"), transit=on("urn:m"))) == {"urn:m": Channel(on("urn:m"), frozenset())}
    two = party("BY", none=PUSHED, transit=on("urn:t"), export=on("urn:e"))
    assert {mpc: found.others for mpc, found in channels(two).items()} == {
        "urn:t": {"export:1"},
        "urn:e": {"transit:1"},
    }
    assert asked("urn:t", two) == {"export:1"}


def test_the_default_channel_may_be_several_parties() -> None:
    """The certificate decides whose messages are given."""
    one, other = party("BY", none=on("urn:default")), party("KG", none=on("urn:default"))
    assert asked("urn:default", one, other) == frozenset()
    assert asked("urn:default", other, one) == frozenset()


@pytest.mark.parametrize(("mpc", "code"), [("urn:other", "EBMS:0101"), ("urn:nobody", "EBMS:0010")])
def test_another_partys_channel_and_one_of_nobody_are_refused(mpc: str, code: str) -> None:
    """The refusal names the request, its sender and what it was."""
    with pytest.raises(Rejected) as refusal:
        asked(mpc, party("BY", none=on("urn:m")), party("KG", none=on("urn:other")))
    assert refusal.value.first.code == code
    about = refusal.value.about
    assert (about.message_id, about.sender, about.type) == ("p@by", "BY", "PullRequest")
