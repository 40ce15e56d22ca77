"""What was agreed: when it is in force, whom a restriction binds, whose inbox a message is for."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.core.agreement import ANY, Action, Restriction
from gateway.core.errors import Rejected
from gateway.core.names import DIRECTION_OF, Direction, Edge, Member, SystemId
from gateway.core.paths import read
from gateway.core.pmode import PROFILES
from gateway.core.wss.keys import local_signer
from tests.core.making import Gateway
from tests.core.wss.pki import NOW, at, issue

KZ, BY, RU = Member("KZ"), Member("BY"), Member("RU")


def rule(members: set[Member], directions: set[Direction]) -> Restriction:
    """A restriction of some field."""
    return Restriction("r", "k", "g", frozenset(members), frozenset(directions), Action.STRIP, read("//x", {}))


@pytest.mark.parametrize(
    ("members", "between", "binds"),
    [(set(), {KZ, BY}, True), ({KZ}, {KZ, BY}, True), ({KZ}, {BY, RU}, False), ({KZ, RU}, {BY, RU}, True)],
)
def test_restriction_binds_the_members_whose_law_it_is(
    members: set[Member], between: set[Member], *, binds: bool
) -> None:
    """Sender's or recipient's law; without members, everybody's."""
    assert rule(members, set(Direction)).binds(frozenset(between), Direction.OUT) is binds


def test_restriction_binds_in_its_directions_only() -> None:
    """Out of the national system, in from the partner."""
    assert rule(set(), {Direction.IN}).binds(frozenset({KZ, BY}), DIRECTION_OF[Edge.PARTNER])
    assert not rule(set(), {Direction.IN}).binds(frozenset({KZ, BY}), DIRECTION_OF[Edge.NATIONAL])


@pytest.mark.parametrize(
    ("day", "until", "force"),
    [
        (date(2011, 5, 18), None, False),
        (date(2011, 5, 19), None, True),
        (date(2999, 1, 1), None, True),
        (date(2026, 1, 1), date(2026, 1, 1), True),
        (date(2026, 1, 2), date(2026, 1, 1), False),
    ],
)
def test_agreement_is_in_force_from_its_first_to_its_last_day(
    day: date, until: date | None, *, force: bool, kz: Gateway
) -> None:
    """Both included (EA-8)."""
    agreement = replace(kz.register.agreements[0], valid_from=date(2011, 5, 19), valid_until=until)

    assert agreement.in_force(day) is force


def test_ref_is_id_and_version(kz: Gateway) -> None:
    """As eb:AgreementRef says it."""
    assert kz.register.agreements[0].ref == "eurasec-customs:1.0"


def test_exact_receiver_goes_before_any(kz: Gateway) -> None:
    """The system that names a type gets it, else the one that takes all, else nobody."""
    (system,) = kz.register.systems.values()
    everything = replace(system, id=SystemId("all"), receives=frozenset({ANY}))
    transit = replace(system, id=SystemId("transit"), receives=frozenset({"TransitReleaseNotice"}))
    both = replace(kz.register, systems={one.id: one for one in (everything, transit)})
    one = replace(kz.register, systems={transit.id: transit})

    assert both.receiver("TransitReleaseNotice") is transit
    assert both.receiver("ProcessingResult") is everything
    assert one.receiver("ProcessingResult") is None


def test_system_sends_and_gets_what_is_named(kz: Gateway) -> None:
    """By name, or all of them."""
    (system,) = kz.register.systems.values()
    named = replace(system, may_send=frozenset({"A"}), receives=frozenset({"B"}))

    assert [named.sends("A"), named.sends("B"), named.gets("A"), named.gets("B")] == [True, False, False, True]
    assert system.sends("anything")
    assert system.gets("anything")


def test_prefixes_are_those_of_every_agreement(kz: Gateway, probe: Gateway) -> None:
    """Namespace to prefix, for faults that are found before the agreement is known."""
    assert probe.register.prefixes == {**kz.register.prefixes, "urn:probe": "p"}


def test_secrets_are_in_no_representation(kz: Gateway) -> None:
    """A webhook's token is not shown by repr."""
    (system,) = kz.register.systems.values()

    assert "hush" not in repr(replace(system, webhook_token="hush"))


def test_a_message_is_signed_by_the_first_method_that_a_key_can(kz: Gateway) -> None:
    """The P-Mode's order counts, not that of the keys; without any such key nothing is sent."""
    holder = issue("KZ.KGD")
    signers = tuple(
        local_signer((holder.certificate,), holder.key, method) for method in ("ecdsa-sha256", "ecdsa-sha512")
    )
    register = replace(kz.register, signers=signers)
    pmode = PROFILES["ics2"]
    assert register.signer_of(pmode).method == "ecdsa-sha256"
    assert register.signer_of(replace(pmode, signature_methods=("rsa-sha256", "ecdsa-sha512"))).method == "ecdsa-sha512"
    with pytest.raises(Rejected, match="GW:7002"):
        register.signer_of(replace(pmode, signature_methods=("ed25519",)))


def test_a_message_is_encrypted_for_the_first_valid_certificate_that_suits(kz: Gateway) -> None:
    """By the P-Mode's key transport, now."""
    ended, holder = issue("BY.GTK", days=(-9, -1)), issue("BY.GTK")
    party = replace(kz.register.own, readers=(ended.certificate, holder.certificate))
    pmode = replace(PROFILES["edelivery-2.0"], key_transport="ecdh-es")
    assert party.at(NOW).reader(pmode) == holder.certificate
    assert party.at(at(-5)).reader(pmode) == ended.certificate
    assert party.at(NOW).reader(PROFILES["edelivery-1.15"]) is None
