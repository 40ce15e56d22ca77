"""No field that a sender chooses leads to less security than is agreed for what it sends (AS4 5.1.4 to 5.1.6, EA-3.3)."""

from dataclasses import replace

import pytest

from gateway.core import ebms
from gateway.core.agreement import Party, Register
from gateway.core.authenticate import require_agreed
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.identify import identify
from gateway.core.message import Header, Validated
from gateway.core.pmode import PROFILES
from gateway.core.screen import screen
from gateway.core.validate import validate
from tests.core.making import KEYRING, KZ, NOW, Gateway, arrived, header, sample

SIGNED, PLAIN = PROFILES["ics2"], PROFILES["plain-tls"]
CUSTOMS, PHYTO = "eurasec-customs:1.0", "phyto-notice:1.0"
TRANSIT = sample("TransitReleaseNotice--road-through-three-states")
TEST = {"service": ebms.TEST_SERVICE, "action": ebms.TEST_ACTION}


def between(by: Gateway, **pmodes: object) -> Register:
    """KZ and BY agreed these P-Modes: about customs, about phyto notices, about nothing in particular."""
    names = {"customs": CUSTOMS, "phyto": PHYTO, "none": ""}
    register = by.register
    kz: Party = replace(
        register.parties[KZ],
        agreements=frozenset({"eurasec-customs", "phyto-notice"}),
        pmodes={names[name]: pmode for name, pmode in pmodes.items()},
    )
    return replace(register, parties={**register.parties, KZ: kz})


def taken(by: Gateway, register: Register, head: Header) -> Validated | str:
    """The unsigned message, or the published code that refuses it."""
    received = arrived(by, TRANSIT, head)
    try:
        known = identify(received, register, KEYRING, NOW)
        require_agreed(known)
        return validate(screen(known, register), register, NOW)
    except Rejected as refusal:
        return refusal.first.ebms


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"agreement": ""},
        {"agreement": "eurasec-customs"},
        {"agreement": PHYTO},
        {"agreement": "phyto-notice"},
        {"agreement": "other:1.0"},
        {"agreement": "", "service": "urn:eurasec-gw:service:phyto", "action": "PhytosanitaryNotice"},
        {"agreement": PHYTO, **TEST},
        {"agreement": "", **TEST},
    ],
)
def test_an_unsigned_message_is_never_taken_where_its_agreement_signs(by: Gateway, stated: dict[str, str]) -> None:
    """Whatever it states; where the agreement itself is unsigned it is taken (the control)."""
    head = replace(header(), **stated)

    for pmodes in (
        {"customs": SIGNED, "phyto": PLAIN, "none": PLAIN},
        {"customs": SIGNED, "phyto": PLAIN, "none": SIGNED},
    ):
        assert isinstance(taken(by, between(by, **pmodes), head), str)
    plain = between(by, customs=PLAIN, phyto=PLAIN, none=PLAIN)
    assert isinstance(taken(by, plain, header()), Validated)


def test_what_was_proved_under_one_pmode_is_not_taken_under_another(by: Gateway) -> None:
    """The document tells the agreement only among those whose P-Mode is that of the proof."""
    register = between(by, customs=PLAIN, phyto=PLAIN, none=PLAIN)
    known = identify(arrived(by, TRANSIT, header()), register, KEYRING, NOW)
    assert validate(screen(known, register), register, NOW).agreement.ref == CUSTOMS

    stricter = between(by, customs=SIGNED, phyto=PLAIN, none=PLAIN)
    strict = replace(known, sender=stricter.parties[KZ])
    with pytest.raises(Rejected) as refusal:
        validate(screen(strict, stricter), stricter, NOW)
    assert refusal.value.first is ErrorCode.EBMS_0010
