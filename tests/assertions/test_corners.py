"""AS4_4CT_…, AS4_SBDH_…, AS4_DR_…, AS4_ENTSOG_…: four corners, standalone headers, dynamic senders, general header laws."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509

from gateway.core.message import Property
from gateway.core.pmode import CORE, DEFAULT_MPC
from tests.assertions.street import TRN, Seen, Street, street
from tests.assertions.test_core import BOTH, ERROR, RESPONSE, USER, receipted
from tests.core.wss import pki
from tests.core.wss.pki import Holder

POLICY = "1.2.398.3.3.4.1"
ISSUED = 'trust = "issued"\nissuers = "KZ.KGD.issuers.pem"\n'
PROPERTIES = f"{USER}/eb:MessageProperties/eb:Property"


async def test_as4_4ct_ta01_the_outer_corners_are_named(on: Street) -> None:
    """OriginalSender and finalRecipient are what the producer submitted."""
    corners = Property("originalSender", "producer-7"), Property("finalRecipient", "consumer-9")
    seen = await on.send(properties=corners)

    assert receipted(seen)
    found = [seen.find(f"{PROPERTIES}[@name='{name}']") for name in ("originalSender", "finalRecipient")]
    assert found == [["producer-7"], ["consumer-9"]]


async def test_as4_4ct_ta02_what_is_tracked_keeps_its_identifier(on: Street) -> None:
    """TrackingIdentifier as the producer set it."""
    seen = await on.send(properties=(Property("trackingIdentifier", "track-1"),))

    assert receipted(seen)
    assert seen.find(f"{PROPERTIES}[@name='trackingIdentifier']") == ["track-1"]


async def test_as4_4ct_ta03_from_and_to_are_the_access_points(on: Street) -> None:
    """Not the producer and the consumer."""
    corners = Property("originalSender", "producer-7"), Property("finalRecipient", "consumer-9")
    seen = await on.send(properties=corners)

    assert seen.find(f"{USER}//eb:From/eb:PartyId | {USER}//eb:To/eb:PartyId") == ["KZ.KGD", "BY.GTK"]


async def test_as4_sbdh_ta01_the_leading_xml_document_is_the_first_part(on: Street) -> None:
    """Whatever its root is: an SBDH stands where the agreed document stands, and others follow it."""
    seen = await on.send(*BOTH, document=RESPONSE)

    (first, *_) = seen.find("//eb:PartInfo/@href")
    assert first == f"cid:{seen.opened.parts[0].content_id}"
    assert seen.find("//eb:PartInfo[1]//eb:Property[@name='MimeType']") == ["application/xml"]


async def test_as4_entsog_ta01_the_channel_is_the_default_one(on: Street) -> None:
    """Where no other is agreed."""
    assert set((await on.send()).find(f"{USER}/@mpc")) <= {DEFAULT_MPC}


async def test_as4_entsog_ta08_roles_are_those_of_the_standard(on: Street) -> None:
    """Initiator and responder, where no others are agreed."""
    assert (await on.send()).find("//eb:Role") == [f"{CORE}initiator", f"{CORE}responder"]


async def test_as4_entsog_ta09_an_agreement_is_named(on: Street) -> None:
    """In every user message."""
    seen = await on.send()

    assert seen.find("//eb:CollaborationInfo[not(eb:AgreementRef)]") == []
    assert len(seen.find("//eb:AgreementRef")) == 1


async def test_as4_entsog_ta10_a_conversation_is_named(on: Street) -> None:
    """In every user message."""
    assert all((await on.send()).find("//eb:ConversationId"))


async def test_as4_entsog_ta11_the_first_part_is_xml(on: Street) -> None:
    """MimeType of the first PartInfo."""
    found = (await on.send()).find("//eb:PayloadInfo/eb:PartInfo[1]/eb:PartProperties/eb:Property[@name='MimeType']")
    assert found == ["application/xml"]


async def test_as4_entsog_ta12_the_largest_payload_is_a_setting(on: Street) -> None:
    """A document that is larger once unpacked is refused."""
    limits = on.town["BY.GTK"].settings.register.limits
    object.__setattr__(limits, "body", len(TRN) - 1)

    assert (await on.send()).answered(f"{ERROR}/@errorCode") == ["EBMS:0303"]


@dataclass
class Dynamic:
    """BY believes whom an issuer issued a certificate to, and knows no certificate of KZ; KZ signs with the one given."""

    where: Path
    root: Holder = field(default_factory=lambda: pki.issue("Root", None, pki.CA, days=(-10, 400)))
    on: Street | None = None

    async def sent(self, leaf: Holder, section: str = "") -> Seen:
        """KZ's message, and BY's answer."""
        self.on = street(self.where, "ics2")
        kz, by = self.on.town.houses
        by.edit("parties/KZ.KGD.toml", 'certificate = "KZ.KGD.as4.pem"', f"{ISSUED}{section}")
        (by.folder / "parties" / "KZ.KGD.issuers.pem").write_bytes(self.root.pem)
        (by.folder / "parties" / "KZ.KGD.as4.pem").unlink()
        (kz.folder / "keys" / "as4.key").write_bytes(leaf.key_pem)
        (kz.folder / "parties" / "KZ.KGD.as4.pem").write_bytes(leaf.pem)
        await self.on.open()
        return await self.on.send()


@pytest.fixture
async def dynamic(tmp_path: Path) -> AsyncIterator[Dynamic]:
    """A receiver with a trust anchor."""
    found = Dynamic(tmp_path)
    yield found
    if found.on:
        await found.on.town.close()


def leaf(by: Holder | None, subject: str = "KZ.KGD", *policies: str) -> Holder:
    """A certificate for signing."""
    rows = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in policies]
    extensions = [pki.usage("digital_signature"), *([x509.CertificatePolicies(rows)] if rows else [])]
    return pki.issue(subject, by, *extensions, days=(-10, 400), critical=False)


async def test_as4_dr_ta01_whom_the_trust_anchor_vouches_for_is_taken(dynamic: Dynamic) -> None:
    """Although no certificate of the sender is configured."""
    assert receipted(await dynamic.sent(leaf(dynamic.root)))


async def test_as4_dr_ta02_without_a_chain_to_the_anchor_it_is_refused(dynamic: Dynamic) -> None:
    """EBMS:0101."""
    other = pki.issue("Other", None, pki.CA, days=(-10, 400))

    assert (await dynamic.sent(leaf(other))).answered(f"{ERROR}/@errorCode") == ["EBMS:0101"]


async def test_as4_dr_ta03_without_the_policy_it_is_refused(dynamic: Dynamic) -> None:
    """A certificate that was issued under another policy."""
    seen = await dynamic.sent(leaf(dynamic.root, "KZ.KGD", "1.2.3.4"), f'policy = "{POLICY}"')

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0101"]


async def test_with_the_policy_it_is_taken(dynamic: Dynamic) -> None:
    """The control of DR_TA03."""
    assert receipted(await dynamic.sent(leaf(dynamic.root, "KZ.KGD", POLICY), f'policy = "{POLICY}"'))


async def test_as4_dr_ta04_a_subject_that_is_not_the_party_is_refused(dynamic: Dynamic) -> None:
    """The certificate is the issuer's, but somebody else's."""
    seen = await dynamic.sent(leaf(dynamic.root, "RU.FTS"))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0101"]
