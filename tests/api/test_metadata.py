"""What is stated besides the document: where it may stand, what is inferred, what contradicts."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.api.edge import MULTIPART, RESPONSE, TRN, Service, codes, document, fault, form, metadata
from tests.house import House, sample

STATED = {
    "to": "BY.GTK",
    "agreement": "eurasec-customs",
    "type": "TransitReleaseNotice",
    "purpose": "customs",
    "environment": "test",
    "conversation_id": "a conversation / 7",
    "ref_to_message_id": "earlier-1@by.example",
    "message_id": "stated-1@kz.example",
}


START = datetime(1970, 1, 1, tzinfo=UTC)


def in_hours(hours: float) -> str:
    """An xs:dateTime so many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()  # noqa: TID251 - a producer's clock


@pytest.mark.parametrize("where", ["query", "part", "both"])
async def test_metadata_may_stand_in_the_query_or_in_a_part_or_in_both(kz: Service, where: str) -> None:
    """Wherever it is stated, the message carries it; stated twice alike is no fault."""
    query = STATED if where != "part" else None
    parts = [document(TRN), *([metadata(**STATED)] if where != "query" else [])]
    reply = await kz.client.call("POST", "/messages", query, form(*parts), MULTIPART)
    assert reply.status == 202, reply.body
    columns = "recipient, agreement, type, purpose, environment, conversation_id, ref_to_message_id, message_id"
    (row,) = kz.rows(f"SELECT {columns} FROM messages")  # noqa: S608 - names, not values
    assert row == tuple({**STATED, "agreement": "eurasec-customs:1.0"}.values())


async def test_query_and_part_that_disagree_are_a_contradiction(kz: Service) -> None:
    """Every field that differs is named; nothing is stored."""
    parts = form(document(TRN), metadata(purpose="customs", message_id="a-1@kz.example", to=["BY.GTK"]))
    query = {"purpose": "statistics", "message_id": "a-2@kz.example", "to": "BY.GTK"}
    reply = await kz.client.call("POST", "/messages", query, parts, MULTIPART)
    assert reply.status == 422
    assert sorted((row["code"], row["path"]) for row in reply.json["faults"]) == [
        ("GW:4006", "message_id"),
        ("GW:4006", "purpose"),
    ]
    assert kz.rows("SELECT 1 FROM messages") == []


async def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(kz: Service) -> None:
    """A misspelt name is a fault, never ignored."""
    reply = await kz.post(porpose="customs")
    assert (reply.status, fault(reply)["code"]) == (400, "GW:1010")
    assert "purpose" in fault(reply)["expected"]


@pytest.mark.parametrize(
    "part",
    [b"[]", b"{", b'{"purpose": 5}', b'{"porpose": "customs"}', b"[" * 50_000, b'{"to": [1]}', b"\xff"],
    ids=["a list", "cut off", "a number", "an unknown name", "a deep one", "to of numbers", "not UTF-8"],
)
async def test_a_metadata_part_of_another_form_is_refused(kz: Service, part: bytes) -> None:
    """Only a JSON object of strings under known names is taken."""
    reply = await kz.post_form(document(TRN), ("metadata", "application/json", "", part))
    assert (reply.status, codes(reply)) == (400, ["GW:1010"])


@pytest.mark.parametrize(
    "text",
    ["\x00", "\x1f", "\x7f", "\ufffe", "\uffff", "\ud800", chr(0xDFFF)],
    ids=["NUL", "control", "DEL", "FFFE", "FFFF", "high half", "low half"],
)
async def test_what_no_xml_can_carry_is_the_callers_fault(kz: Service, text: str) -> None:
    """A text that cannot stand in the ebMS header is a fault: no 503 that invites a repeat, no 202 that never arrives."""
    for name in ("conversation_id", "to", "purpose", "message_id", "ref_to_message_id"):
        stated = metadata(**{name: f"a{text}b-1@kz.example"})
        reply = await kz.post_form(document(TRN), stated)
        assert (reply.status, codes(reply)) == (400, ["GW:1010"]), name
    assert kz.rows("SELECT 1 FROM messages") == []


@pytest.mark.parametrize(
    ("deadline", "code"),
    [
        ("tomorrow", "GW:1010"),
        ("2026-07-01T10:00:00", "GW:1010"),
        (in_hours(-1), "GW:4009"),
        (in_hours(73), "GW:4009"),
        ("9998-12-31T00:00:00+00:00", "GW:4009"),
        ("1970-01-01T00:00:01Z", "GW:4009"),
        ("1970-01-01T00:00:00Z", "GW:4009"),
        ("9999-12-31T23:59:59+00:00", "GW:1010"),
        ("0001-01-01T00:00:00+14:00", "GW:1010"),
    ],
    ids=["no time", "no zone", "past", "later than agreed", "far", "long ago", "zero", "no year", "before all years"],
)
async def test_a_deadline_is_a_moment_within_the_agreed_time(kz: Service, deadline: str, code: str) -> None:
    """A deadline that is no time, has passed or is later than agreed is refused, and the way to mend it is named."""
    reply = await kz.post(deadline=deadline)
    assert (fault(reply)["code"], fault(reply)["path"]) == (code, "deadline")


async def test_a_stated_deadline_is_kept(kz: Service) -> None:
    """The deadline kept is the one that was stated; the answer has it in UTC, to the millisecond."""
    moment = datetime.fromisoformat(in_hours(2)).replace(microsecond=123_456)
    body = await kz.accepted(deadline=moment.astimezone(timezone(timedelta(hours=6))).isoformat())
    assert kz.rows("SELECT deadline FROM messages") == [((moment - START) // timedelta(microseconds=1),)]
    assert body["deadline"] == f"{moment:%Y-%m-%dT%H:%M:%S}.123Z"


async def test_recipient_agreement_type_and_purpose_are_inferred(kz: Service) -> None:
    """With one partner and one purpose, the document alone is enough."""
    body = await kz.accepted(RESPONSE)
    assert body["messages"][0]["recipient"] == "BY.GTK"
    assert (body["agreement"], body["type"]) == ("eurasec-customs:1.0", "DocumentVerificationResponse")
    assert body["purpose"] == "customs"


async def test_what_cannot_be_inferred_must_be_stated(pair: tuple[House, House]) -> None:
    """A second purpose makes the purpose ambiguous: the choices are named."""
    house = pair[0]
    house.edit("agreements/eurasec-customs.toml", 'purposes = ["customs"]', 'purposes = ["customs", "statistics"]')
    async with house.running(), house.client() as client:
        silent = await client.post(sample(TRN), {})
        stated = await client.post(sample(TRN), {"purpose": "statistics"})
    assert (fault(silent)["code"], fault(silent)["expected"]) == ("GW:4007", "customs | statistics")
    assert stated.json["purpose"] == "statistics"


async def test_a_wrong_recipient_is_told_the_right_ones(kz: Service) -> None:
    """GW:4003 lists the parties under the agreement; oneself is none of them."""
    for name in ("RU.FTS", "KZ.KGD", "by.gtk"):
        reply = await kz.post(to=name)
        assert (reply.status, fault(reply)["code"], fault(reply)["expected"]) == (422, "GW:4003", "BY.GTK")


@pytest.mark.parametrize(
    ("stated", "code", "path"),
    [
        ({"environment": "production"}, "GW:4005", "environment"),
        ({"environment": "Test"}, "GW:4005", "environment"),
        ({"type": "ProcessingResult"}, "GW:4006", "type"),
        ({"agreement": "eurasec-customs:2.0"}, "GW:4006", "agreement"),
        ({"purpose": "statistics"}, "GW:4004", "purpose"),
        ({"message_id": "no-at-sign"}, "GW:1010", "message_id"),
        ({"message_id": "<a@b>"}, "GW:1010", "message_id"),
        ({"ref_to_message_id": "a b@c"}, "GW:1010", "ref_to_message_id"),
        ({"conversation_id": " "}, "GW:1010", "conversation_id"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
async def test_a_statement_against_the_agreement_is_named(
    kz: Service, stated: dict[str, str], code: str, path: str
) -> None:
    """Environment, type, agreement, purpose and ids each have their own fault, with what was expected."""
    reply = await kz.post(**stated)
    assert (fault(reply)["code"], fault(reply)["path"]) == (code, path)
    assert fault(reply)["expected"]
    assert kz.rows("SELECT 1 FROM messages") == []


async def test_test_and_production_do_not_mix(pair: tuple[House, House]) -> None:
    """A partner of the other environment is no recipient: GW:4005."""
    house = pair[0]
    house.edit("parties/BY.GTK.toml", 'environment = "test"', 'environment = "production"')
    async with house.running(), house.client() as client:
        reply = await client.post(sample(TRN), {})
    assert (reply.status, fault(reply)["code"], fault(reply)["path"]) == (422, "GW:4005", "to")


async def test_a_parameter_given_twice_is_refused(kz: Service) -> None:
    """Only `to` may be repeated."""
    reply = await kz.client.call(
        "POST", "/messages?purpose=customs&purpose=customs", None, sample(TRN), "application/xml"
    )
    assert (reply.status, fault(reply)["path"]) == (400, "purpose")
