"""Settings for Holodeck and phase4, and the sheet: whole, both directions, no key and no password of ours."""

import json
from typing import Any

import pytest
from cryptography import x509
from lxml import etree

from gateway.core.pmode import CORE, Binding, PMode
from gateway.onboarding import phase4
from gateway.onboarding.holodeck import HB, write
from gateway.onboarding.package import WRITERS, package
from gateway.onboarding.pairing import TEST_ACTION
from gateway.onboarding.sheet import Keys
from tests.msh.issuer import issued
from tests.onboarding.making import MESSAGES, ROLES, pair, pmode

NS = {"h": HB}
# The order of children that Holodeck's schema demands.
ORDER = {
    "PMode": ["id", "mep", "mepBinding", "Initiator", "Responder", "Agreement", "Leg"],
    "Leg": ["Protocol", "Receipt", "ReceptionAwareness", "DefaultDelivery", "PullRequestFlow", "UserMessageFlow"],
    "Initiator": ["PartyId", "Role", "SecurityConfiguration"],
    "Responder": ["PartyId", "Role", "SecurityConfiguration"],
    "SecurityConfiguration": ["Signing", "Encryption"],
    "Signing": ["KeystoreAlias", "KeyReferenceMethod", "IncludeCertificatePath", "Algorithm", "HashFunction"],
    "UserMessageFlow": ["BusinessInfo", "ErrorHandling", "PayloadProfile"],
}


def holodeck(mode: PMode) -> dict[str, etree._Element]:
    """The P-Modes by file name."""
    return {name: etree.fromstring(content) for name, content in write(pair(mode)).items()}


def text(root: etree._Element, path: str) -> str:
    """The text at the path, empty where there is none."""
    return root.findtext(path, namespaces=NS) or ""


@pytest.mark.parametrize("mode", [pmode(), pmode("edelivery-1.15"), pmode(binding=Binding.PULL), pmode("plain-tls")])
def test_holodecks_elements_stand_in_its_order(mode: PMode) -> None:
    """Every element that the order names is where the schema wants it; ids are unique."""
    found = holodeck(mode)
    for root in found.values():
        for name, order in ORDER.items():
            for element in root.iter(f"{{{HB}}}{name}"):
                places = [order.index(etree.QName(each).localname) for each in element]
                assert places == sorted(places), (name, places)
    ids = [text(root, "h:id") for root in found.values()]
    assert len(ids) == len(set(ids)) == 2 * (len({each.service for each in MESSAGES}) + 1)


def test_holodeck_sends_to_us_and_receives_from_us() -> None:
    """Sending: its key signs, our endpoint is posted to. Receiving: receipts are answers, duplicates are eliminated."""
    found = holodeck(pmode())
    sending, receiving = found["transit-1.0-1-send.xml"], found["transit-1.0-1-receive.xml"]
    assert (text(sending, "h:Initiator/h:PartyId"), text(sending, "h:Responder/h:PartyId")) == ("BY.GTK", "KZ.KGD")
    assert (text(receiving, "h:Initiator/h:PartyId"), text(receiving, "h:Responder/h:PartyId")) == ("KZ.KGD", "BY.GTK")
    assert text(sending, "h:Leg/h:Protocol/h:Address") == "https://kz.example:9443/msh"
    assert text(sending, "h:Initiator//h:IncludeCertificatePath") == "true"
    assert text(sending, "h:Leg//h:UseAS4Compression") == "true"
    assert text(receiving, "h:Leg/h:Receipt/h:ReplyPattern") == "RESPONSE"
    assert text(receiving, "h:Leg/h:ReceptionAwareness/h:UseDuplicateElimination") == "true"
    assert text(sending, "h:Agreement/h:name") == text(receiving, "h:Agreement/h:name") == "transit:1.0"


def test_holodeck_encrypts_for_us_where_it_is_agreed() -> None:
    """RSA-OAEP with MGF1 SHA-256 and AES-GCM (eDelivery AS4 1.4.3.3.2); without it no encryption is named."""
    encrypted, plain = holodeck(pmode("edelivery-1.15")), holodeck(pmode())
    sending = encrypted["transit-1.0-1-send.xml"]
    assert text(sending, "h:Responder//h:Encryption/h:KeystoreAlias") == "KZ.KGD"
    assert text(sending, "h:Responder//h:MGFAlgorithm").endswith("mgf1sha256")
    assert text(encrypted["transit-1.0-1-receive.xml"], "h:Responder//h:Encryption/h:KeystoreAlias") == "BY.GTK"
    assert not any(
        root.iter(f"{{{HB}}}Encryption") and list(root.iter(f"{{{HB}}}Encryption")) for root in plain.values()
    )


def test_a_pulling_holodeck_opens_the_connection() -> None:
    """The binding is pull, on our channel, at our endpoint; what it sends is still pushed."""
    found = holodeck(pmode(binding=Binding.PULL, mpc="urn:mpc:BY.GTK"))
    receiving = found["transit-1.0-1-receive.xml"]
    assert text(receiving, "h:mepBinding") == CORE + "pull"
    assert text(receiving, "h:Initiator/h:PartyId") == "BY.GTK"
    assert text(receiving, "h:Leg/h:PullRequestFlow/h:Mpc") == "urn:mpc:BY.GTK"
    assert text(found["transit-1.0-1-send.xml"], "h:mepBinding") == CORE + "push"


def test_holodeck_waits_for_us_where_we_pull() -> None:
    """What it sends is pulled from our channel: no address, our PullRequest is expected; what it gets is still pushed."""
    found = {name: etree.fromstring(content) for name, content in write(pair(pulled_from="urn:mpc:KZ.KGD")).items()}
    sending = found["transit-1.0-1-send.xml"]
    assert (text(sending, "h:mepBinding"), text(sending, "h:Initiator/h:PartyId")) == (CORE + "pull", "KZ.KGD")
    assert text(sending, "h:Leg/h:PullRequestFlow/h:Mpc") == "urn:mpc:KZ.KGD"
    assert sending.find("h:Leg/h:Protocol", NS) is None
    assert text(found["transit-1.0-1-receive.xml"], "h:mepBinding") == CORE + "push"
    pmodes = json.loads(phase4.write(pair(pulled_from="urn:mpc:KZ.KGD"))["pmodes.json"])
    bindings = {each["Initiator"]["IDValue"]: each["MEPBinding"] for each in pmodes}
    assert bindings == {"KZ.KGD": CORE + "push", "BY.GTK": CORE + "pull"}


def test_phase4_has_both_directions_of_every_message() -> None:
    """Each with the receiver's address; roles, agreement, receipts, duplicate detection as agreed."""
    found: list[dict[str, Any]] = json.loads(phase4.write(pair(pmode(**ROLES)))["pmodes.json"])
    rows = {(each["Initiator"]["IDValue"], each["Leg1"]["BusinessInfo"]["Action"]): each for each in found}
    assert set(rows) == {(side, action) for side in ("KZ.KGD", "BY.GTK")
                         for action in (*(each.action for each in MESSAGES), TEST_ACTION)}  # fmt: skip
    ours, theirs = rows["KZ.KGD", "Release"], rows["BY.GTK", "Release"]
    assert ours["Leg1"]["Protocol"]["Address"] == "https://by.example/domibus/services/msh"
    assert theirs["Leg1"]["Protocol"]["Address"] == "https://kz.example:9443/msh"
    assert (ours["Initiator"]["Role"], ours["Responder"]["Role"]) == ("urn:role:customs", "urn:role:trader")
    assert (theirs["Initiator"]["Role"], theirs["Responder"]["Role"]) == ("urn:role:trader", "urn:role:customs")
    assert (ours["Agreement"], "Agreement" in rows["KZ.KGD", TEST_ACTION]) == ("transit:1.0", False)
    assert ours["Leg1"]["Security"]["X509SignatureAlgorithm"] == "rsa-sha-256"
    assert ours["RecepetionAwareness"]["DuplicateDetection"] is True
    assert len({each["id"] for each in found}) == len(found)


@pytest.mark.parametrize(
    ("mode", "signed", "encrypted"),
    [(pmode(), True, False), (pmode("edelivery-1.15"), True, True), (pmode("plain-tls"), False, False)],
)
def test_phase4s_security_is_the_agreed_one(mode: PMode, *, signed: bool, encrypted: bool) -> None:
    """Nothing is signed or encrypted that was not agreed; pull goes our way only."""
    for each in json.loads(phase4.write(pair(mode))["pmodes.json"]):
        security = each["Leg1"]["Security"]
        assert ("X509SignatureAlgorithm" in security, "X509EncryptionAlgorithm" in security) == (signed, encrypted)
        assert security["SendReceiptNonRepudiation"] is signed


def test_phase4_remembers_ids_for_longer_than_we_repeat() -> None:
    """Twice the longest deadline: its default of ten minutes would take a repeat for a new message."""
    properties = phase4.write(pair())["phase4.properties"].decode()
    assert "phase4.incoming.duplicatedisposal.minutes=8640" in properties


@pytest.mark.parametrize("product", WRITERS)
@pytest.mark.parametrize("mode", [pmode(), pmode("edelivery-1.15", binding=Binding.PULL), pmode("plain-tls")])
def test_a_package_never_has_a_private_key(product: str, mode: PMode) -> None:
    """Certificates, settings, a sheet with every fingerprint; passwords are the partner's to fill in."""
    (leaf, _), _, issuer = issued("KZ.KGD", "BY.GTK")
    chain = tuple(map(x509.load_pem_x509_certificate, (leaf, issuer)))
    files = package(pair(mode), product, Keys(chain, chain, "TLS 1.3"))
    assert not [name for name, content in files.items() if b"PRIVATE KEY" in content]
    readme = files["README.txt"].decode()
    for each in chain:
        assert each.fingerprint(each.signature_hash_algorithm).hex() in readme  # type: ignore[arg-type]
    for part in ("https://kz.example:9443/msh", "KZ.KGD", "BY.GTK", "TLS 1.3", "transit:1.0"):
        assert part in readme
    assert "{" not in readme
