"""The example of docs/profiles.md, as it stands there: loaded, and a message in the shape of ICS2 sent and taken."""

import re
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from gateway.core import ebms
from tests.api.edge import Service
from tests.house import House

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "profiles.md").read_text(), re.DOTALL)
AGREEMENT = next(block for block in BLOCKS if 'id = "ics2"' in block)
PARTY = next(block for block in BLOCKS if "own_role" in block)
NOTICE = min((ROOT / "tests" / "agreements" / "phyto-notice" / "valid").glob("*.xml"))
PAIRS = (("own_party_id", "party_id"), ("own_party_type", "party_type"), ("own_role", "party_role"))
OTHER_WAY = {name: other for pair in PAIRS for name, other in (pair, pair[::-1])}


@pytest.fixture(autouse=True)
def _agreed(pair: tuple[House, House]) -> None:
    """KZ is the trader, BY the customs service; of agreements they have the example alone, and neither knows a log of the other."""
    for house, other, text in zip(pair, reversed(pair), (PARTY, mirrored(PARTY)), strict=True):
        for path in (house.folder / "agreements").glob("*.toml"):
            path.unlink()
        (house.folder / "agreements" / "ics2.toml").write_text(AGREEMENT)
        for party in (house.party, other.party):
            path = house.folder / "parties" / f"{party}.toml"
            path.write_text(re.sub(r"agreements = \[.*\]", 'agreements = ["ics2"]', path.read_text()))
        told, _, _ = path.read_text().partition("[log]")
        path.write_text(f"{told}\n{text}")


def mirrored(text: str) -> str:
    """The same said from the other side."""
    return re.sub(r"^\w+(?= =)", lambda found: OTHER_WAY[found[0]], text, flags=re.MULTILINE)


async def test_a_message_in_the_shape_of_ics2_is_sent_and_taken(kz: Service, by: Service) -> None:
    """Every header field is the published one, nothing of this product's own stands there, and the other side knows who it is."""
    reply = await kz.client.post(NOTICE.read_bytes(), {"message_id": "ie-1@kz.example"})
    assert reply.status == 202, reply.body

    (item,) = await by.leased()
    await kz.became("ie-1@kz.example", "delivered")

    ((soap,),) = kz.rows("SELECT pack FROM deliveries WHERE kind = 'partner'")
    user = etree.fromstring(soap).find(".//eb:UserMessage", ebms.NS)
    assert user is not None
    party = tomllib.loads(PARTY)["pmode"]
    assert [(each.text, each.get("type")) for each in user.iterfind(".//eb:PartyId", ebms.NS)] == [
        (party["own_party_id"], party["own_party_type"]), (party["party_id"], party["party_type"]),
    ]  # fmt: skip
    assert [each.text for each in user.iterfind(".//eb:Role", ebms.NS)] == ["Trader", "Customs"]
    found = {name: user.find(f".//eb:{name}", ebms.NS) for name in ("AgreementRef", "Service", "Action")}
    assert {name: (each.text, each.get("type")) for name, each in found.items() if each is not None} == {
        "AgreementRef": ("EU-ICS2-TI-V2.0", "ics2-interface-version"),
        "Service": ("eu_ics2_t2c", "eu-customs-service-type"),
        "Action": ("IE3F32", None),
    }
    names = [each.get("name") for each in user.iterfind("eb:MessageProperties/eb:Property", ebms.NS)]
    assert names == ["originalSender", "finalRecipient"]
    assert (item["sender"], item["recipient"], item["agreement"], item["type"]) == (
        "KZ.KGD",
        "BY.GTK",
        "ics2:2.0",
        "IE3F32",
    )
    assert (item["environment"], item["purpose"]) == ("test", "customs")
