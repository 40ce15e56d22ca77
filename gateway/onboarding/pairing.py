"""Everything two access points have to agree on, in one value: every product's settings are written from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.core.agreement import Agreement, Party, Register
from gateway.core.pmode import CORE, PMode

TEST_SERVICE, TEST_ACTION = CORE + "service", CORE + "test"
RETRY_MINUTES, RETRY_COUNT = 720, 24  # half a day, every half hour: a partner's planned outage
GATEWAY_PROPERTIES = ("environment", "purpose", "deadline")  # of every message between gateways of this kind
NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two access points."""

    id: str
    type: str  # of the PartyId; empty: the id is a URI
    endpoint: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message that may be sent, in either direction."""

    service: str
    service_type: str
    action: str

    @property
    def name(self) -> str:
        """Its name in a product's settings."""
        return named(self.action)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is sent under one agreement, and how."""

    name: str
    ref: str  # eb:AgreementRef; empty: none is sent
    ref_type: str
    pmode: PMode
    exchanges: tuple[Exchange, ...]
    roles_out: tuple[str, str]  # of From and To in what we send
    roles_in: tuple[str, str]  # and in what the partner sends
    attachments: tuple[str, ...] = ()  # media types
    deliver_within: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two access points and every agreement between them; `test` is the test service, which needs no agreement."""

    own: Side
    partner: Side
    terms: tuple[Terms, ...]
    pulled_from: str = ""  # the channel from which we pull what the partner sends; empty: it pushes to us

    @property
    def test(self) -> Terms:
        """The test service (ebMS 5.2.2): the same security as the first agreement's, no AgreementRef."""
        first = self.terms[0]
        return Terms("test", "", "", first.pmode, (TEST,), first.roles_out, first.roles_in)

    @property
    def pmode(self) -> PMode:
        """Of the first agreement: its security stands for the pair where a product knows only one."""
        return self.terms[0].pmode


TEST = Exchange(TEST_SERVICE, "", TEST_ACTION)


def pairing(register: Register, partner: Party) -> Pairing:
    """Us and the partner with every agreement that both use; without one, with the terms of the test service alone."""
    common = [each for each in register.agreements if each.id in partner.agreements & register.own.agreements]
    terms = tuple(_terms(each, partner.pmode(each.ref)) for each in common) or (_bare(partner.pmode()),)
    first = terms[0].pmode
    own_type, type_ = first.types(outgoing=True)
    return Pairing(
        Side(first.own_party_id or register.own.id, own_type, register.own.endpoint),
        Side(first.party_id or partner.id, type_, partner.endpoint),
        terms,
        partner.pull.mpc if partner.pull else "",
    )


def named(text: str) -> str:
    """The text as a name that every product takes."""
    return NAME.sub("-", text).strip("-") or "name"


def _terms(agreement: Agreement, pmode: PMode) -> Terms:
    kinds = list(agreement.messages.values())
    exchanges = {(kind.service, kind.type): Exchange(kind.service, pmode.service_type, kind.type) for kind in kinds}
    return Terms(
        named(agreement.ref),
        (pmode.agreement_ref or agreement.ref) if pmode.agreement_stated else "",
        pmode.agreement_type,
        pmode,
        tuple(exchanges.values()),
        *_roles(pmode),
        tuple(sorted({media for kind in kinds for media in kind.attachments})),
        max(kind.deliver_within for kind in kinds),
    )


def _bare(pmode: PMode) -> Terms:
    """The terms of a partner with whom no agreement is in use yet: the test service."""
    return Terms("none", "", "", pmode, (TEST,), *_roles(pmode))


def _roles(pmode: PMode) -> tuple[tuple[str, str], tuple[str, str]]:
    return pmode.roles(outgoing=True), pmode.roles(outgoing=False)


def services(terms: Sequence[Terms]) -> tuple[tuple[str, str], ...]:
    """Every service with its type, once, the test service last."""
    found = {(each.service, each.service_type): None for row in terms for each in row.exchanges}
    return (*(key for key in found if key[0] != TEST_SERVICE), (TEST_SERVICE, ""))
