"""Four corners, further properties and conversations: from the producer over the wire to the consumer."""

import json

import pytest

from tests.api.edge import MULTIPART, TRN, Service, codes, document, fault, form, metadata
from tests.house import House

BATCH = [{"name": "batch", "value": "7", "type": "urn:numbers"}]


@pytest.fixture(autouse=True)
def _agreed(pair: tuple[House, House]) -> None:
    """Both P-Modes name the property `batch`."""
    for house, other in zip(pair, reversed(pair), strict=True):
        path = house.folder / "parties" / f"{other.party}.toml"
        path.write_text(f'{path.read_text()}\n[pmode]\nproperties = ["batch"]\n')


async def post(kz: Service, **stated: object) -> tuple[int, dict[str, object]]:
    """Status and answer to a sample posted with this metadata."""
    reply = await kz.client.call("POST", "/messages", None, form(document(TRN), metadata(**stated)), MULTIPART)
    return reply.status, reply.json


async def test_the_four_corners_reach_the_consumer(kz: Service, by: Service) -> None:
    """Stated in the query or the part, they stand on the item; further ones with type and in order."""
    reply = await kz.client.call(
        "POST", "/messages", {"tracking_identifier": "t-1"},
        form(document(TRN), metadata(original_sender="0192:C1", final_recipient="0192:C4", properties=BATCH)), MULTIPART,
    )  # fmt: skip
    assert reply.status == 202, reply.body

    (item,) = await by.leased()

    assert (item["original_sender"], item["final_recipient"], item["tracking_identifier"]) == (
        "0192:C1",
        "0192:C4",
        "t-1",
    )
    assert [row["name"] for row in item["properties"]] == [
        "originalSender", "finalRecipient", "trackingIdentifier", "batch",
    ]  # fmt: skip
    assert item["properties"][3] == BATCH[0]
    (life,) = await kz.lives(str(item["message_id"]))
    assert life["properties"] == item["properties"]


async def test_without_corners_the_gateways_stand_for_them(kz: Service, by: Service) -> None:
    """As before: the inner corners are the outer ones."""
    await kz.accepted()
    (item,) = await by.leased()
    assert (item["original_sender"], item["final_recipient"], item["tracking_identifier"]) == ("KZ.KGD", "BY.GTK", "")
    assert [row["name"] for row in item["properties"]] == ["originalSender", "finalRecipient"]


async def test_a_property_that_is_not_agreed_is_refused(kz: Service) -> None:
    """422 and what is agreed; nothing is stored."""
    status, answer = await post(kz, properties=[{"name": "note", "value": "1"}])
    assert status == 422
    assert "batch" in str(answer["faults"])
    assert kz.rows("SELECT 1 FROM messages") == []


@pytest.mark.parametrize("value", ["Ivan Ivanov", "Иван", "x" * 256])
async def test_a_text_is_no_property(kz: Service, value: str) -> None:
    """Short tokens only, and no value is told or logged (EA-2.2)."""
    status, answer = await post(kz, tracking_identifier=value)
    assert (status, value in json.dumps(answer, ensure_ascii=False)) == (400, False)
    assert value not in str(kz.entries("refused"))


async def test_no_value_of_a_property_is_logged(kz: Service) -> None:
    """A property is on the wire and in the store, not in the log."""
    status, _ = await post(kz, tracking_identifier="CANARY7391", properties=[{"name": "batch", "value": "CANARY7391"}])
    assert status == 202
    assert "CANARY7391" not in str(kz.entries("accepted"))
    assert "CANARY7391" in str(kz.rows("SELECT properties FROM messages"))


@pytest.mark.parametrize(
    "wrong",
    [{}, "x", [1], [{"name": "batch"}], [{"name": "batch", "value": 1}], [{"name": "batch", "value": "1", "other": "x"}],
     [{"name": "batch", "value": "1"}] * 51],
)  # fmt: skip
async def test_properties_are_a_list_of_names_and_values(kz: Service, wrong: object) -> None:
    """Any other form is named as what it is."""
    reply = await kz.client.call("POST", "/messages", None, form(document(TRN), metadata(properties=wrong)), MULTIPART)
    assert (reply.status, codes(reply), fault(reply)["path"]) == (400, ["GW:1010"], "properties")


async def test_a_reply_is_in_the_conversation_of_what_it_refers_to(kz: Service, by: Service) -> None:
    """Two-way, push and push: RefToMessageId is enough (AS4 CP_TA02, CP_TA19)."""
    asked = await kz.accepted(message_id="q-1@kz.example", conversation_id="talk / 7")
    (item,) = await by.leased()
    reply = await by.accepted(movement=3, to="KZ.KGD", ref_to_message_id=str(item["message_id"]))
    other = await by.accepted(movement=4, to="KZ.KGD", ref_to_message_id="unknown@kz.example")
    stated = await by.accepted(
        movement=5, to="KZ.KGD", ref_to_message_id=str(item["message_id"]), conversation_id="mine"
    )

    back = {row["message_id"]: row for row in await kz.leased(3)}

    assert asked["conversation_id"] == reply["conversation_id"] == "talk / 7"
    found = back[reply["submission_id"]]
    assert (found["conversation_id"], found["ref_to_message_id"]) == ("talk / 7", "q-1@kz.example")
    assert other["conversation_id"] == other["submission_id"]
    assert stated["conversation_id"] == "mine"
