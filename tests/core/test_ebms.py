"""The ebMS header and signals: what is written is what is read, whatever characters ids and names have."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from gateway.core import ebms, receipt, statement
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.message import Header, Payload, Stated, payload
from gateway.core.names import MessageId, Micros
from gateway.core.pmode import PROFILES, PMode
from gateway.core.published import FAILURE, ROWS
from gateway.core.reference import DS, Reference
from gateway.core.wire import Property, Wire
from tests import reading
from tests.core.making import NOW, header, parts, soap

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=40)
IDS = TEXT.map(lambda text: " ".join(text.split())).filter(bool)  # xs:token
EB = f"{{{ebms.EB}}}"


def messaging(soap_part: bytes) -> etree._Element:
    """The eb:Messaging element, read as a partner would."""
    return reading.messaging(soap_part, ebms.SOAP_TYPE)[0]


@given(IDS, IDS, st.lists(st.tuples(IDS, st.binary(min_size=32, max_size=32)), max_size=5))
@example("<&>\"'", "<&>\"'", [("cid:<&>\"'", b"d" * 32)])
def test_receipt_is_read_as_it_was_written(message_id: str, ref: str, rows: list[tuple[str, bytes]]) -> None:
    """Every reference and the message it is about come back, whatever characters they have."""
    references = tuple(Reference(uri, digest) for uri, digest in rows)

    signal = ebms.read_signal(messaging(ebms.fill_receipt(ebms.write_receipt(message_id, NOW, ref), references)))

    assert signal is not None
    assert (signal.ref_to_message_id, signal.receipt, signal.errors) == (ref, True, ())
    assert signal.references == references


@given(IDS, st.lists(st.sampled_from(list(ErrorCode)), min_size=1, max_size=8), IDS)
def test_errors_are_read_as_they_were_written(ref: str, rows: list[ErrorCode], path: str) -> None:
    """One eb:Error for each published code, in order of first appearance; its detail names every fault."""
    faults = [Fault(code, path, 7, 9, "x") for code in rows]

    signal = ebms.read_signal(messaging(ebms.write_error("e@x", NOW, ref, faults)))

    assert signal is not None
    assert (signal.ref_to_message_id, signal.receipt, signal.references) == (ref, False, ())
    told = (*signal.errors, *signal.warnings)
    assert {published for _, published, _ in told} == {code.ebms for code in rows}
    assert [row[1] for row in signal.errors] == list(
        dict.fromkeys(c.ebms for c in rows if ROWS[c.ebms].severity == FAILURE)
    )
    detail = "\n".join(text for _, _, text in told)
    assert [code.code for code in rows if f"code={code.code}" not in detail] == []


def test_error_without_a_message_refers_to_none() -> None:
    """Where the refused MessageId is unknown, no attribute and no element invents one (ebMS 6.2)."""
    (error,) = messaging(ebms.write_error("e@x", NOW, "", [Fault(ErrorCode.EBMS_0007)])).iter(f"{EB}Error")

    assert "refToMessageInError" not in error.attrib
    assert error.getroottree().find(f".//{EB}RefToMessageId") is None


@pytest.mark.parametrize("code", [row for row in ErrorCode if row.code.startswith("EBMS:") and row.code < "EBMS:4"])
def test_error_has_every_attribute_of_its_row(code: ErrorCode) -> None:
    """Severity, category and origin are the published ones (ebMS 6.7, AS4 3.5)."""
    (error,) = messaging(ebms.write_error("e@x", NOW, "m@x", [Fault(code)])).iter(f"{EB}Error")

    assert error.get("errorCode") == code.code
    assert error.get("shortDescription") == code.short
    row = ROWS[code.code]
    assert error.get("severity") == row.severity
    assert error.get("refToMessageInError") == "m@x"
    assert (error.get("category"), error.get("origin", "")) == (row.category, row.origin)


def test_no_signal_is_none() -> None:
    """A user message is not mistaken for a receipt."""
    assert ebms.read_signal(messaging(ebms.write_user_message(header(), ()))) is None


def test_foreign_signal_is_read_with_what_it_lacks() -> None:
    """Unknown codes, missing details, damaged digests: read as such, never a crash; long texts are cut."""
    signal = ebms.read_signal(
        messaging(
            soap(
                "<eb:SignalMessage><eb:Error errorCode='EBMS:4242'><eb:Description> d </eb:Description></eb:Error>"
                f"<eb:Error/><eb:Error errorCode='{'X' * 90}'><eb:ErrorDetail>{'y' * 9000}</eb:ErrorDetail></eb:Error>"
                f"<eb:Receipt><x:Reference xmlns:x='{DS}' URI='cid:a'><x:DigestValue>no base64!</x:DigestValue>"
                f"</x:Reference><x:Reference xmlns:x='{DS}'/></eb:Receipt></eb:SignalMessage>"
            )
        )
    )

    assert signal is not None
    assert signal.errors == ((None, "EBMS:4242", " d "), (None, "", ""), (None, "X" * 40, "y" * 4000))
    assert signal.references == (Reference("cid:a", b"", ""), Reference("", b"", ""))
    assert signal.ref_to_message_id == ""


@pytest.mark.parametrize("severity", ["warning", "Warning", " WARNING "])
def test_a_warning_is_no_failure(severity: str) -> None:
    """Whatever its code and however it is spelt; without a severity, or in capitals, a failure is one (ebMS 6.2.2)."""
    signal = ebms.read_signal(
        messaging(
            soap(
                f"<eb:SignalMessage><eb:Error errorCode='EBMS:0004' severity='{severity}' shortDescription='Other'/>"
                "<eb:Error errorCode='EBMS:0009' severity='FAILURE' category='UNPACKAGING'>"
                "<eb:Description>d</eb:Description></eb:Error>"
                "<eb:Error errorCode=' EBMS:0010 '/></eb:SignalMessage>"
            )
        )
    )

    assert signal is not None
    assert signal.warnings == ((ErrorCode.EBMS_0004, "EBMS:0004", "Other"),)
    assert signal.errors == ((ErrorCode.EBMS_0009, "EBMS:0009", "d"), (ErrorCode.EBMS_0010, "EBMS:0010", ""))


@pytest.mark.parametrize(
    ("info", "codes"),
    [
        ("", ["EBMS:0009", "EBMS:0004"]),
        ("<eb:MessageInfo><eb:RefToMessageId> </eb:RefToMessageId></eb:MessageInfo>", ["EBMS:0009", "EBMS:0004"]),
        (
            "<eb:MessageInfo><eb:RefToMessageId>a@x</eb:RefToMessageId></eb:MessageInfo>",
            ["EBMS:0009", "EBMS:0010", "EBMS:0004"],
        ),
    ],
)
def test_errors_are_about_the_message_that_the_signal_names(info: str, codes: list[str]) -> None:
    """RefToMessageId binds every eb:Error; without it an error that names another message is not taken for this one."""
    signal = ebms.read_signal(
        messaging(
            soap(
                f"<eb:SignalMessage>{info}<eb:Error errorCode='EBMS:0009' refToMessageInError='a@x'/>"
                "<eb:Error errorCode='EBMS:0010' refToMessageInError='b@x'/><eb:Error errorCode='EBMS:0004'/>"
                "</eb:SignalMessage>"
            )
        )
    )

    assert signal is not None
    assert signal.ref_to_message_id == "a@x"
    assert [published for _, published, _ in signal.errors] == codes


def test_part_info_says_what_a_receiver_needs() -> None:
    """cid, media type, compression, character set for XML, file name where there is one, digest."""
    xml, pdf = payload("a&<'\"@x", "application/xml", b"<a/>"), payload("b@x", "application/pdf", b"%PDF", "ü <1>.pdf")

    root = messaging(ebms.write_user_message(header(), parts(xml, pdf)))

    infos = [
        (info.get("href"), {p.get("name"): p.text for p in info.iter(f"{EB}Property")})
        for info in root.iter(f"{EB}PartInfo")
    ]
    common = {"CompressionType": ebms.GZIP}
    assert infos == [
        (
            "cid:a&<'\"@x",
            {**common, "MimeType": "application/xml", "CharacterSet": "UTF-8", "Digest": _base64(xml.digest)},
        ),
        (
            "cid:b@x",
            {**common, "MimeType": "application/pdf", "FileName": "ü <1>.pdf", "Digest": _base64(pdf.digest)},
        ),
    ]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_times_survive_the_wire(moment: datetime) -> None:
    """To the millisecond."""
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    micros = Micros(int(moment.timestamp()) * 1_000_000 + moment.microsecond)

    assert ebms.instant(ebms.iso(micros)) == micros


def test_far_time_survives_the_wire() -> None:
    """A deadline centuries ahead, which a partner may state, keeps its milliseconds too."""
    far = Micros(8_615_030_400_026_000)

    assert ebms.instant(ebms.iso(far)) == far


def test_zones_are_the_same_instant() -> None:
    """An offset is counted, fractions are kept to the microsecond."""
    assert ebms.instant(" 2026-03-11T09:42:17.000005+03:00 ") == ebms.instant("2026-03-11T06:42:17.000005Z")


@pytest.mark.parametrize("text", ["", "x", "2026-03-11T09:42:17", "2026-03-11", "2026-13-01T00:00:00Z"])
def test_time_without_zone_is_none(text: str) -> None:
    """It names no instant."""
    with pytest.raises(ValueError, match=r".+"):
        ebms.instant(text)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_every_instant_that_is_read_can_be_written(text: str) -> None:
    """A time beyond the years 1 to 9999 UTC is refused where it is read, not where it is shown."""
    try:
        read = ebms.instant(text)
    except ValueError:
        return
    assert ebms.iso(read)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("1970-01-01T00:00:00Z", "9998-12-31T23:59:59.999999Z"),
        ("1970-01-01T02:00:00+02:00", "9999-01-01T01:59:59.999999+02:00"),
    ],
)
def test_years_1970_to_9998_are_taken(first: str, last: str) -> None:
    """In UTC, whatever the zone says; the last microsecond of 9998 is the last one, and can be shown."""
    assert ebms.instant(first) == 0
    assert ebms.iso(ebms.instant(last)) == "9998-12-31T23:59:59.999Z"


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59.5Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:59:59+01:00",
        "9999-01-01T00:00:00Z",
        "9998-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_other_years_are_none(text: str) -> None:
    """No message is that old, and no deadline can be added to what is near the end of time."""
    with pytest.raises(ValueError, match="1970 to 9998"):
        ebms.instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "20260311T094217Z",
        "2026-W11-3T09:42:17Z",
        "2026-03-11 09:42:17Z",
        "2026-03-11T09:42Z",
        "2026-03-11T09Z",
        "2026-03-11T09:42:17,5Z",
        "2026-03-11T09:42:17.Z",
        "2026-03-11T09:42:17z",
        "2026-03-11T09:42:17+0300",
        "2026-03-11T09:42:17+03",
        "2026-03-11T09:42:17+03:00:01",
        "2026-03-11T09:42:17Z\u00a02026",
        "٢٠٢٦-03-11T09:42:17Z",
        "2026-02-29T09:42:17Z",
        "2026-03-11T09:42:60Z",
    ],
)
def test_only_xs_date_time_is_an_instant(text: str) -> None:
    """As the docstring says: ValueError where it is none."""
    with pytest.raises(ValueError, match=r".+"):
        ebms.instant(text)


def test_refusal_tells_the_partner_every_fault() -> None:
    """Message id, codes and paths; 403 and 503 are also told by status."""
    faults = (Fault(ErrorCode.PATTERN_MISMATCH, "/a/b", 3), Fault(ErrorCode.UNKNOWN_RECIPIENT, "eb:To"))
    answer = receipt.refuse(Rejected(*faults, about=Refused("m@x")), MessageId("e@x"), NOW)

    signal = ebms.read_signal(messaging(answer.body))

    assert (answer.status, answer.content_type) == (200, ebms.SOAP_TYPE)
    assert signal is not None
    assert signal.ref_to_message_id == "m@x"
    assert [code for code, _, _ in signal.errors] == [ErrorCode.EBMS_0004, ErrorCode.EBMS_0010]
    assert "path=/a/b line=3" in signal.errors[0][2]


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


ICS2 = PMode(
    "ics2", mpc="urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/IT1", own_party_id="IT1", party_id="EU<1>", party_type="t:auth",
    own_party_type="t:EORI", own_role="Trader", party_role="Customs", agreement_ref="EU-ICS2-TI-V2.0",
    agreement_type="ics2-interface-version", pmode_id="p&1", service_type="eu-customs-service-type", gateway_properties=False,
)  # fmt: skip


def read_back(head: Header, pmode: PMode, *contents: Payload) -> Stated:
    """What a receiver reads in the header as it is written under the P-Mode."""
    envelope = etree.fromstring(ebms.write_user_message(head, parts(*contents), pmode))
    user = envelope.find(".//eb:UserMessage", ebms.NS)
    assert user is not None
    return statement.read(user)


def test_the_pmode_says_how_the_header_is_written() -> None:
    """The shape of ICS2, whole: ids and types, roles, agreement, service type, channel; nothing of this product's own."""
    found = read_back(header("IE3F32", "eu_ics2_t2c"), ICS2)

    assert found.wire == Wire(
        "IT1", "EU<1>", ("t:EORI", "t:auth"), ("Trader", "Customs"), "EU-ICS2-TI-V2.0", "ics2-interface-version",
        "p&1", "eu-customs-service-type", ICS2.mpc, NOW // 1000 * 1000,
    )  # fmt: skip
    assert (found.service, found.action, found.environment, found.purpose) == ("eu_ics2_t2c", "IE3F32", "", "")
    assert found.properties == (Property("originalSender", "KZ.KGD"), Property("finalRecipient", "BY.GTK"))


def test_an_agreement_may_go_unstated() -> None:
    """Where the P-Mode says so, and in a message under no agreement; the test service's own Service has no type."""
    assert read_back(header(), replace(ICS2, agreement_stated=False)).agreement == ""
    found = read_back(header(ebms.TEST_ACTION, ebms.TEST_SERVICE, agreement=""), ICS2)
    assert (found.agreement, found.wire.agreement_type, found.wire.service_type) == ("", "", "")


def test_given_properties_go_before_what_would_stand_there() -> None:
    """In their order, with their types; a corner that is given is not written twice."""
    given = (Property("finalRecipient", "C4", "t"), Property("a", "<1>"))

    found = read_back(header(properties=given), ics2 := PROFILES["ics2"])

    assert found.properties == (Property("originalSender", "KZ.KGD"), *given)
    assert (found.environment, found.purpose) == ("test", "customs")
    assert read_back(header(), ics2).wire.mpc == ""


def test_the_digest_of_a_part_is_stated_where_no_signature_covers_it() -> None:
    """What the signature says already is not said again."""
    packed = parts(payload("doc@x", "application/xml", b"<a/>"))
    texts = {name: ebms.write_user_message(header(), packed, PROFILES[name]) for name in ("ics2", "plain-tls")}
    assert {name: b'"Digest"' in text for name, text in texts.items()} == {"ics2": False, "plain-tls": True}
    assert all(b'name="CharacterSet">UTF-8<' in text for text in texts.values())
