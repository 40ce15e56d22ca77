"""Domibus P-Modes: what is written is whole, says what was agreed, and is read back as the same."""

import contextlib
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.pmode import INITIATOR, PROFILES, RESPONDER, Binding, PMode, Token
from gateway.onboarding import domibus
from gateway.onboarding.domibus_policy import policies
from gateway.onboarding.domibus_read import File, FormError
from gateway.onboarding.pairing import TEST_ACTION, TEST_SERVICE, Pairing
from gateway.onboarding.partyfile import SAID, Drafted, Taken, taken, text
from tests.onboarding.making import FOREIGN, MESSAGES, ROLES, pair, pmode

ORDER = ["roles", "parties", "meps", "properties", "payloadProfiles", "securities", "errorHandlings", "agreements"]
ORDER += ["services", "actions", "as4", "legConfigurations"]
DEMANDED = {
    "../mpcs/mpc": {"name", "retention_downloaded", "retention_undownloaded", "default", "enabled", "qualifiedName"},
    "roles/role": {"name", "value"},
    "parties/partyIdTypes/partyIdType": {"name", "value"},
    "parties/party": {"name", "endpoint"},
    "parties/party/identifier": {"partyId", "partyIdType"},
    "meps/mep": {"name", "value"},
    "meps/binding": {"name", "value"},
    "properties/property": {"name", "key", "datatype", "required"},
    "properties/propertySet/propertyRef": {"property"},
    "securities/security": {"name", "policy", "signatureMethod"},
    "errorHandlings/errorHandling": {
        "name",
        "errorAsResponse",
        "businessErrorNotifyProducer",
        "businessErrorNotifyConsumer",
        "deliveryFailureNotifyProducer",
    },
    "agreements/agreement": {"name", "value", "type"},
    "services/service": {"name", "value"},
    "actions/action": {"name", "value"},
    "as4/receptionAwareness": {"name", "retry", "duplicateDetection"},
    "as4/reliability": {"name", "replyPattern", "nonRepudiation"},
    "legConfigurations/legConfiguration": {
        "name",
        "service",
        "action",
        "security",
        "defaultMpc",
        "receptionAwareness",
        "reliability",
        "errorHandling",
        "compressPayloads",
    },
    "process": {"name", "initiatorRole", "responderRole", "binding", "mep"},
    "process/initiatorParties/initiatorParty": {"name"},
    "process/responderParties/responderParty": {"name"},
    "process/legs/leg": {"name"},
}
AGREED = {(each.service, each.action) for each in MESSAGES}
# Attribute ► where the name that it holds must be defined.
REFERENCES = {
    "partyIdType": "parties/partyIdTypes/partyIdType",
    "property": "properties/property",
    "service": "services/service",
    "action": "actions/action",
    "security": "securities/security",
    "receptionAwareness": "as4/receptionAwareness",
    "reliability": "as4/reliability",
    "propertySet": "properties/propertySet",
    "errorHandling": "errorHandlings/errorHandling",
    "defaultMpc": "../mpcs/mpc",
    "initiatorRole": "roles/role",
    "responderRole": "roles/role",
    "mep": "meps/mep",
    "binding": "meps/binding",
    "agreement": "agreements/agreement",
}
ELEMENTS = {
    "leg": "legConfigurations/legConfiguration",
    "initiatorParty": "parties/party",
    "responderParty": "parties/party",
}


def written(pairing: Pairing) -> etree._Element:
    """The businessProcesses of the file."""
    found = etree.fromstring(domibus.write(pairing)).find("businessProcesses")
    assert found is not None
    return found


def read(body: bytes | str, party: str = "", own: str = "KZ.KGD") -> Taken:
    """What we make of a file."""
    file = File(body.encode() if isinstance(body, str) else body)
    return taken(file.between(file.choose(party, own), own), file.us(own), AGREED)


@pytest.mark.parametrize("pulled_from", ["", "urn:mpc:KZ.KGD"])
@pytest.mark.parametrize(
    "mode", [pmode(), pmode("edelivery-1.15"), pmode(binding=Binding.PULL, mpc="urn:mpc:BY.GTK"), pmode(**ROLES)]
)
def test_every_name_in_the_file_is_defined_in_it(mode: PMode, pulled_from: str) -> None:
    """No attribute and no element refers to nothing; no name stands twice."""
    root = written(pair(mode, pulled_from=pulled_from))
    for element in root.iter():
        places = {key: path for key, path in REFERENCES.items() if element.get(key)}
        for key, path in places.items():
            assert element.get(key) in {each.get("name") for each in root.findall(path)}, (element.tag, key)
        if element.tag in ELEMENTS:
            assert element.get("name") in {each.get("name") for each in root.findall(ELEMENTS[str(element.tag)])}
    for path in {*REFERENCES.values(), *ELEMENTS.values(), "process"}:
        names = [each.get("name") for each in root.findall(path)]
        assert len(names) == len(set(names)), path


@pytest.mark.parametrize("mode", [pmode(), pmode("edelivery-1.15"), pmode(binding=Binding.PULL, mpc="urn:mpc:BY.GTK")])
@pytest.mark.parametrize("ref", ["transit:1.0", ""])
def test_elements_and_attributes_are_those_of_domibus_schema(mode: PMode, ref: str) -> None:
    """In its order, none empty that must not be, every demanded attribute there."""
    root = written(pair(mode, ref))
    assert list(dict.fromkeys(each.tag for each in root)) == [*ORDER, "process"]
    for path, wanted in DEMANDED.items():
        elements = root.findall(path)
        assert elements, path
        assert [each.attrib for each in elements if not wanted <= set(each.attrib)] == [], path


def test_every_message_may_go_both_ways() -> None:
    """Each message of the agreement and the test service is a leg of a process with both parties on both sides."""
    root = written(pair())
    services = {each.get("name"): each.get("value") for each in root.findall("services/service")}
    actions = {each.get("name"): each.get("value") for each in root.findall("actions/action")}
    found = {
        (services[each.get("service")], actions[each.get("action")]) for each in root.findall("legConfigurations/*")
    }
    assert found == {*AGREED, (TEST_SERVICE, TEST_ACTION)}
    for process in root.findall("process"):
        for side in ("initiatorParties", "responderParties"):
            assert [each.get("name") for each in process.find(side)] == ["KZ.KGD", "BY.GTK"]  # type: ignore[union-attr]


def test_the_file_belongs_to_the_partner() -> None:
    """The attribute `party` names whose Domibus uploads it; endpoints and PartyIds are the two sides'."""
    root = etree.fromstring(domibus.write(pair()))
    assert root.get("party") == "BY.GTK"
    parties = {each.get("name"): each.get("endpoint") for each in root.findall(".//party")}
    assert parties == {
        "KZ.KGD": "https://kz.example:9443/msh",
        "BY.GTK": "https://by.example/domibus/services/msh",
    }


@pytest.mark.parametrize(
    ("mode", "policy"),
    [
        (pmode(), "gateway-sign-pkipath.xml"),
        (pmode(token=Token.SKI), "gateway-sign-ski.xml"),
        (pmode("edelivery-1.15"), "eDeliveryAS4Policy_BST.xml"),
        (pmode("edelivery-1.15", token=Token.ISSUER_SERIAL), "eDeliveryAS4Policy_IS.xml"),
        (pmode("edelivery-2.0"), "eDeliveryAS4Policy_BST_PKIP.xml"),
        (pmode("plain-tls"), "doNothingPolicy.xml"),
    ],
)
def test_security_is_the_policy_that_says_the_same(mode: PMode, policy: str) -> None:
    """A policy that comes with Domibus where there is one; else one of ours is written beside."""
    (security,) = written(pair(mode)).findall("securities/security")
    assert security.get("policy") == policy
    assert set(policies(frozenset({mode}))) == ({policy} if policy.startswith("gateway-") else set())


@pytest.mark.parametrize("token", list(Token))
def test_our_policies_sign_everything_and_encrypt_nothing(token: Token) -> None:
    """Body, eb:Messaging and attachments are signed parts; there are no encrypted parts (AS4 5.1.4)."""
    (content,) = policies(frozenset({pmode(token=token)})).values()
    root = etree.fromstring(content)
    sp = "{http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702}"
    (parts,) = root.iter(f"{sp}SignedParts")
    assert [etree.QName(each).localname for each in parts] == ["Body", "Header", "Attachments"]
    assert list(root.iter(f"{sp}EncryptedParts")) == []
    assert (f"{sp}WssX509PkiPathV1Token11" in {each.tag for each in root.iter()}) is (token is Token.PKIPATH)


ROUND: dict[str, PMode] = {
    **PROFILES,
    "pull": pmode(binding=Binding.PULL, mpc="urn:mpc:BY.GTK"),
    "roles of parties": pmode(**ROLES),
    "roles of senders": pmode(initiator_role="urn:a", responder_role="urn:b"),
    "types": pmode(party_type="urn:t:party", own_party_type="urn:t:own", agreement_type="urn:v", service_type="kinds"),
    "properties": pmode(properties=frozenset({"priority", "corridor"})),
    "of another kind": pmode(gateway_properties=False),
    "by key": pmode("edelivery-1.15", token=Token.SKI),
    "pulled with roles": pmode(binding=Binding.PULL, **ROLES),
    "no type": pmode(party_type=""),
}


@pytest.mark.parametrize("name", ROUND)
def test_what_is_written_is_read_back_as_the_same(name: str) -> None:
    """The P-Mode's keys that differ from its profile, nothing else; nothing to remark."""
    found = read(domibus.write(pair(ROUND[name])))
    assert bent(found.pmode) == ROUND[name]
    assert set(found.pmode) <= SAID
    assert (found.remarks, found.refs, found.partner.id) == ((), {"transit:1.0"}, "BY.GTK")
    assert found.partner.endpoint == "https://by.example/domibus/services/msh"


@pytest.mark.parametrize("mode", [pmode(), pmode(**ROLES), pmode(binding=Binding.PULL, mpc="urn:mpc:BY.GTK")])
def test_what_we_pull_from_the_partner_is_read_back_too(mode: PMode) -> None:
    """Its channel; what we send stays as it was."""
    found = read(domibus.write(pair(mode, pulled_from="urn:mpc:KZ.KGD")))
    assert (found.pulled_from, bent(found.pmode), found.remarks) == ("urn:mpc:KZ.KGD", mode, ())


def bent(keys: Any) -> PMode:
    """The P-Mode that a party file's keys make."""
    own = dict(keys)
    kinds: dict[str, Any] = {"token": Token, "binding": Binding, "properties": frozenset}
    values = {key: kinds[key](value) if key in kinds else value for key, value in own.items()}
    return pmode(values.pop("profile", "ics2"), **values)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from(("drop", "bare", "empty", "rename"))), min_size=1, max_size=4
    )
)
def test_a_damaged_file_is_read_or_refused(damage: list[tuple[int, str]]) -> None:
    """Elements gone, attributes gone or empty, names that lead nowhere: a result or a FormError, never anything else."""
    root = etree.fromstring(FOREIGN.encode())
    for at, kind in damage:
        elements = list(root.iter())
        element = elements[at % len(elements)]
        if kind == "drop" and (parent := element.getparent()) is not None:
            parent.remove(element)
        elif kind == "rename":
            element.set("name", "other")
        else:
            values = dict.fromkeys(element.attrib, "") if kind == "empty" else {}
            element.attrib.clear()
            element.attrib.update(values)
    with contextlib.suppress(FormError):
        found = read(etree.tostring(root))
        assert isinstance(found, Taken)


@given(st.text(st.characters(codec="utf-8")), st.lists(st.text(st.characters(codec="utf-8"))))
def test_whatever_a_file_says_is_a_text_in_ours(said: str, names: list[str]) -> None:
    """Quotes, line ends, control characters: the TOML holds the very text, and nothing else."""
    drafted = Drafted("BY.GTK", "BY", said, "test", "https://x", ["a"], {"mpc": said, "properties": names}, said)
    found = tomllib.loads(text(drafted))
    assert (found["authority"], found["pmode"]) == (said, {"mpc": said, "properties": names})
    assert set(found) - {"pull"} == {
        *("id", "member", "authority", "environment", "endpoint", "certificate", "agreements", "pmode")
    }


def test_a_file_of_another_hand_is_understood() -> None:
    """Names, order and prefix are theirs; what differs from our ways is said, one remark each."""
    found = read(FOREIGN)
    assert (found.partner.name, found.partner.endpoint) == (
        "minsk_gw",
        "https://as4.minsk.example/domibus/services/msh",
    )
    assert found.pmode == {
        "profile": "edelivery-1.15",
        "party_type": "urn:oasis:names:tc:ebcore:partyid-type:unregistered",
        "initiator_role": "urn:role:sender",
        "responder_role": "urn:role:receiver",
        "agreement_type": "urn:agreement:type",
        "properties": ("priority",),
        "gateway_properties": False,
    }
    said = "\n".join(found.remarks)
    for part in ("push-and-push", "twoWay", "differ in service_type", "compressPayloads", "duplicateDetection",
                 "nonRepudiation", "no retry", "test service", "Arrival of urn:test:transit is not in it",
                 "Ask of odd is in no agreement"):  # fmt: skip
        assert part in said, part
    assert (INITIATOR in said, RESPONDER in said) == (False, False)


def test_another_party_of_the_file_can_be_meant() -> None:
    """By name or by PartyId; a process that we are not in says nothing about us."""
    for name in ("oslo_gw", "NO.TOLL"):
        found = read(FOREIGN, party=name)
        assert found.pmode == {}
        assert found.remarks == ("no process of the file has both oslo_gw and astana_gw",)


def test_a_file_without_us_is_said_to_be_one() -> None:
    """The partner has to add us first; who it is and where is taken all the same."""
    found = read(FOREIGN, own="RU.FTS")
    assert (found.own_id, found.pmode, found.partner.id) == ("", {}, "BY.GTK")
    assert "RU.FTS is no party of the file" in found.remarks[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<cfg:configuration", "<cfg:other", "GW:1001"),
        ("http://domibus.eu/configuration", "urn:other", "the root is"),
        ("businessProcesses", "otherProcesses", "no businessProcesses"),
        ('action="release"', 'action="gone"', "no action gone"),
        ('<leg name="ask"/>', '<leg name="gone"/>', "no legConfiguration gone"),
        ('<identifier partyId="NO.TOLL" partyIdType="plain"/>', "", "oslo_gw has no identifier"),
        ('party="minsk_gw"', 'party="nobody"', "which party is meant"),
        ("<cfg:configuration", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><cfg:configuration', "GW:1002"),
    ],
)
def test_a_faulty_file_is_refused(old: str, new: str, said: str) -> None:
    """With what is wrong in it; the same limits hold as for every document."""
    with pytest.raises(FormError, match=said):
        read(FOREIGN.replace(old, new))


@pytest.mark.parametrize(
    ("policy", "profile", "token"),
    [
        ("eDeliveryAS4Policy.xml", "edelivery-1.15", "ski"),
        ("eDeliveryAS4Policy_BST_PKIP.xml", "edelivery-1.15", "pkipath"),
        ("eDeliveryAS4Policy_BST_custom.xml", "edelivery-1.15", None),
        ("signOnly.xml", None, "x509v3"),
        ("doNothingPolicy.xml", "plain-tls", None),
    ],
)
def test_a_policys_name_says_the_profile(policy: str, profile: str | None, token: str | None) -> None:
    """Where it differs from what is so without a word."""
    found = read(FOREIGN.replace("eDeliveryAS4Policy_BST.xml", policy)).pmode
    assert (found.get("profile"), found.get("token")) == (profile, token)


def test_an_unknown_policy_is_said_to_be_one() -> None:
    """No profile is guessed: the default stands, and a remark."""
    found = read(FOREIGN.replace("eDeliveryAS4Policy_BST.xml", "houseRules.xml"))
    assert "profile" not in found.pmode
    assert any("houseRules.xml" in each for each in found.remarks)
