"""Which P-Mode a message is under: told by every field of its header, in the partner's words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.core import ebms
from gateway.core.agreed import agreed, sender_of
from gateway.core.agreement import Party, Register
from gateway.core.message import Stated
from gateway.core.names import PartyId
from gateway.core.pmode import DEFAULT_MPC, INITIATOR, PARTY_TYPE, PROFILES, RESPONDER, Binding, PMode, Pull
from gateway.core.wire import Property, Wire
from tests.core.making import BY, KZ, Gateway

REF, OTHER = "eurasec-customs:1.0", "phyto-notice:1.0"
USUAL = PROFILES["plain-tls"]
ICS2 = replace(
    USUAL, party_type="t:EORI", own_party_type="t:auth", party_role="Trader", own_role="Customs", service_type="st",
    agreement_ref="EU-ICS2-TI-V2.0", agreement_type="ics2-interface-version", party_id="KZ1", own_party_id="BY1",
    gateway_properties=False,
)  # fmt: skip


def stated(**changes: Any) -> Stated:
    """What KZ.KGD states to BY.GTK under the usual P-Mode; changed fields of the header or of the wire."""
    wire = Wire(KZ, BY, (PARTY_TYPE, PARTY_TYPE), (INITIATOR, RESPONDER), REF)
    on_wire = {name: value for name, value in changes.items() if name in Wire.__slots__ and name != "agreement"}
    others = {name: value for name, value in changes.items() if name not in on_wire}
    said = Stated(
        sender=KZ,
        recipients=(BY,),
        agreement=REF,
        service="urn:eurasec-gw:service:transit",
        action="TransitReleaseNotice",
    )
    return replace(said, **others, wire=replace(wire, agreement=others.get("agreement", REF), **on_wire))


def party(by: Gateway, **pmodes: PMode) -> Party:
    """KZ.KGD with these P-Modes: eurasec, phyto, none."""
    refs = {"eurasec": REF, "phyto": OTHER, "none": ""}
    found = {refs[name]: pmode for name, pmode in pmodes.items()}
    return replace(
        by.register.parties[KZ], pmodes=found, agreements=frozenset(ref.partition(":")[0] for ref in found if ref)
    )


def faults(by: Gateway, said: Stated, sender: Party) -> list[tuple[str, str, str]]:
    """Code, place and expectation of everything that is not as agreed."""
    found = agreed(said, sender, by.register)
    assert found.faults
    return [(fault.code.ebms, fault.path, str(fault.expected)) for fault in found.faults]


def test_the_usual_header_is_under_the_usual_pmode(by: Gateway) -> None:
    """Control for all laws below."""
    found = agreed(stated(), by.register.parties[KZ], by.register)
    assert (found.pmode, found.stated) == (USUAL, stated())


@pytest.mark.parametrize(("changes", "where"), [
    ({"types": ("", PARTY_TYPE)}, "eb:From/eb:PartyId"),
    ({"types": (PARTY_TYPE, "")}, "eb:To/eb:PartyId"),
    ({"service": "transit"}, "eb:Service"),
])  # fmt: skip
def test_a_value_without_a_type_is_a_uri(by: Gateway, changes: dict[str, Any], where: str) -> None:
    """Else EBMS:0003 alone; with a type it may be anything, and a URI needs none (ebMS 5.2.2.3, 5.2.2.8)."""
    sender = by.register.parties[KZ]
    assert [row[:2] for row in faults(by, stated(**changes), sender)] == [("EBMS:0003", where)]

    uris = party(by, none=USUAL, eurasec=replace(USUAL, party_type="", party_id="urn:kz", own_party_id="urn:by"))
    assert not agreed(stated(sender="urn:kz", recipient="urn:by", types=("", "")), uris, by.register).faults


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"agreement": "other:1.0"}, "eb:AgreementRef"),
        ({"agreement_type": "x"}, "eb:AgreementRef/@type"),
        ({"types": ("x", PARTY_TYPE)}, "eb:From/eb:PartyId/@type"),
        ({"types": (PARTY_TYPE, "x")}, "eb:To/eb:PartyId/@type"),
        ({"roles": ("Trader", RESPONDER)}, "eb:From/eb:Role"),
        ({"roles": (INITIATOR, "Customs")}, "eb:To/eb:Role"),
        ({"recipient": "RU.FTS"}, "eb:To"),
        ({"sender": "KZ.X"}, "eb:From/eb:PartyId"),
        ({"service_type": "x"}, "eb:Service/@type"),
        ({"service": "urn:x", "action": ""}, "eb:Service"),
        ({"action": "Nothing"}, "eb:Action"),
        ({"mpc": "urn:x"}, "eb:UserMessage/@mpc"),
        ({"properties": (Property("secret", "x"),)}, "eb:MessageProperties"),
    ],
)
def test_a_value_that_is_not_agreed_matches_no_pmode(by: Gateway, changes: dict[str, Any], where: str) -> None:
    """EBMS:0010, naming the field and what was agreed, never what was stated."""
    found = faults(by, stated(**changes), by.register.parties[KZ])

    assert [(code, path) for code, path, _ in found][:1] == [("EBMS:0010", where)]
    assert all(expected and "urn:x" not in expected for _, _, expected in found if "service" not in changes)


def test_all_that_is_not_agreed_is_told_at_once(by: Gateway) -> None:
    """One correction suffices."""
    found = faults(by, stated(roles=("x", "y"), mpc="z"), by.register.parties[KZ])
    assert [path for _, path, _ in found] == ["eb:From/eb:Role", "eb:To/eb:Role", "eb:UserMessage/@mpc"]


def test_an_action_belongs_to_its_service(by: Gateway) -> None:
    """An agreed action under another agreed service is no agreed pair."""
    found = faults(by, stated(action="GoodsDeclarationInfo"), by.register.parties[KZ])
    assert [path for _, path, _ in found] == ["eb:Action"]


@pytest.mark.parametrize("changes", [
    {"agreement": "eurasec-customs"}, {"pmode_id": "theirs"}, {"mpc": DEFAULT_MPC},
    {"properties": (Property("originalSender", "x"), Property("trackingIdentifier", "y"))},
])  # fmt: skip
def test_what_need_not_be_agreed_is_taken(by: Gateway, changes: dict[str, Any]) -> None:
    """The agreement by its id, a @pmode that only the sender knows, the default channel, the four corners."""
    assert agreed(stated(**changes), by.register.parties[KZ], by.register).stated.agreement == REF


def test_what_is_pulled_may_name_the_channel_it_came_by(by: Gateway) -> None:
    """The one of the [pull] section; without the section it is a channel that was not agreed."""
    said, sender = stated(mpc="urn:pulled"), by.register.parties[KZ]
    pulled = replace(sender, pull=Pull("urn:pulled", timedelta(seconds=10)))
    assert agreed(said, pulled, by.register).faults == ()
    assert [path for _, path, _ in faults(by, said, sender)] == ["eb:UserMessage/@mpc"]


def test_without_agreement_ref_the_rest_tells_the_pmode(by: Gateway) -> None:
    """Service and action are those of one agreement alone."""
    sender = party(by, eurasec=USUAL, phyto=replace(USUAL, encrypt=True))

    found = agreed(stated(agreement=""), sender, by.register)

    assert (found.pmode, found.stated.agreement) == (USUAL, REF)


def test_without_agreement_ref_alike_pmodes_are_one(by: Gateway) -> None:
    """Two versions of an agreement with one P-Mode: the document's root tells which; with two, nothing would."""
    (first, second) = (replace(by.register.agreements[0], version=version) for version in ("1.0", "2.0"))
    register = replace(by.register, agreements=(first, second))
    alike = replace(by.register.parties[KZ], pmodes={first.ref: USUAL, second.ref: USUAL})
    differ = replace(alike, pmodes={first.ref: USUAL, second.ref: replace(USUAL, encrypt=True)})

    assert agreed(stated(agreement=""), alike, register).stated.agreement == ""
    (fault,) = agreed(stated(agreement=""), differ, register).faults
    assert (fault.path, fault.expected) == ("eb:AgreementRef", "eurasec-customs:1.0 | eurasec-customs:2.0")
    assert agreed(stated(agreement=second.ref), differ, register).pmode.encrypt


def test_a_party_without_a_shared_agreement_has_no_pmode_for_messages(by: Gateway) -> None:
    """Only its test messages are under one."""
    found = faults(by, stated(), party(by, none=USUAL))
    assert found == [("EBMS:0010", "eb:From", "a party to the agreement")]


def test_a_header_that_fits_none_is_still_proved_under_the_nearest(by: Gateway) -> None:
    """Its security is judged, so that a repeat of what was taken can be told; then it is refused for its header."""
    sender = party(by, eurasec=USUAL, phyto=replace(USUAL, encrypt=True), none=replace(USUAL, pmode_id="n"))
    for said, nearest in (
        (
            stated(mpc="urn:x", agreement=OTHER, service="urn:eurasec-gw:service:phyto", action="PhytosanitaryNotice"),
            OTHER,
        ),
        (stated(mpc="urn:x"), REF),
    ):
        assert agreed(said, sender, by.register).pmode == sender.pmodes[nearest]
    assert agreed(stated(), party(by, none=replace(USUAL, pmode_id="n")), by.register).pmode.pmode_id == "n"


@pytest.mark.parametrize("agreement", ["", REF])
def test_a_test_message_is_under_any_pmode_of_the_party(by: Gateway, agreement: str) -> None:
    """For every agreement, and without one; neither service nor action is the agreement's (ebMS 5.2.2)."""
    said = stated(service=ebms.TEST_SERVICE, action=ebms.TEST_ACTION, agreement=agreement)
    assert agreed(said, by.register.parties[KZ], by.register).pmode == USUAL
    typed = party(by, eurasec=replace(USUAL, service_type="st"), none=replace(USUAL, service_type="st"))
    assert agreed(said, typed, by.register).pmode.service_type == "st"


def ics2(**changes: Any) -> Stated:
    """What KZ states in the shape of ICS2."""
    rows = {"sender": "KZ1", "recipient": "BY1", "types": ("t:EORI", "t:auth"), "roles": ("Trader", "Customs")}
    rows |= {"agreement": "EU-ICS2-TI-V2.0", "agreement_type": "ics2-interface-version", "service_type": "st"}
    return replace(stated(**{**rows, **changes}), sender=PartyId("KZ1"), recipients=(PartyId("BY1"),))


def test_the_partners_words_become_ours(by: Gateway) -> None:
    """Parties and agreement as our files name them, and the environment that the party's file says."""
    found = agreed(ics2(), party(by, eurasec=ICS2), by.register)
    assert (found.pmode, found.stated.sender, found.stated.recipients) == (ICS2, KZ, (BY,))
    assert (found.stated.agreement, found.stated.environment) == (REF, "test")
    assert found.stated.wire == ics2().wire


@pytest.mark.parametrize("agreement", [REF, "eurasec-customs"])
def test_our_own_name_is_no_agreed_value_where_another_is(by: Gateway, agreement: str) -> None:
    """A configured AgreementRef is the only one."""
    found = faults(by, ics2(agreement=agreement), party(by, eurasec=ICS2))
    assert found == [("EBMS:0010", "eb:AgreementRef", "EU-ICS2-TI-V2.0")]


def test_a_pmode_id_that_both_know_must_be_the_same(by: Gateway) -> None:
    """And need not be stated."""
    sender = party(by, eurasec=replace(USUAL, pmode_id="p1", binding=Binding.PULL))
    for name in ("", "p1"):
        assert agreed(stated(pmode_id=name), sender, by.register).pmode.pmode_id == "p1"
    assert faults(by, stated(pmode_id="p2"), sender) == [("EBMS:0010", "eb:AgreementRef/@pmode", "p1")]


def test_agreed_properties_are_taken(by: Gateway) -> None:
    """Those that the P-Mode names, besides the four corners'."""
    sender = party(by, eurasec=replace(USUAL, properties=frozenset({"b"})))
    assert agreed(stated(properties=(Property("b", "x"),)), sender, by.register).stated.properties
    (fault,) = faults(by, stated(properties=(Property("c", "x"),)), sender)
    assert fault[2] == "b | finalRecipient | originalSender | trackingIdentifier"


def test_a_party_is_known_by_its_id_and_type(by: Gateway) -> None:
    """Of two parties with one id on the wire the type tells which; a wrong type still tells who, so that it can be said."""
    one = replace(by.register.parties[KZ], pmodes={"": replace(USUAL, party_id="X", party_type="t1")})
    two = replace(one, id=PartyId("RU.FTS"), pmodes={"": replace(USUAL, party_id="X", party_type="t2")})
    register: Register = replace(by.register, parties={one.id: one, two.id: two})

    named = [sender_of(stated(sender="X", types=(kind, "")), register) for kind in ("t1", "t2", "t3")]

    assert named == [one, two, one]
    assert sender_of(stated(sender="Y"), register) is None


def test_a_test_message_that_names_no_agreement_is_under_none(by: Gateway) -> None:
    """Though the agreements have P-Modes of their own; one that it names, it is under (ebMS 5.2.2)."""
    sender = party(by, eurasec=PROFILES["ics2"], phyto=USUAL, none=replace(USUAL, mpc="urn:none"))
    test = {"service": ebms.TEST_SERVICE, "action": ebms.TEST_ACTION}

    found = agreed(stated(agreement="", **test), sender, by.register)
    assert (found.pmode.mpc, found.faults, found.stated.agreement) == ("urn:none", (), "")
    assert agreed(stated(**test), sender, by.register).pmode == PROFILES["ics2"]
