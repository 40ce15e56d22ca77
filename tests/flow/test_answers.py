"""What partners' answers come to, as they differ from product to product."""

import pytest

from gateway.core import ebms
from gateway.core.published import ROWS
from gateway.flow.sending import Reply
from tests.house import sample
from tests.town import Town

SAMPLE = sample("valid/TransitReleaseNotice--road-through-three-states")
ID = "told@town"
SIGNAL = (
    f"<S:Envelope xmlns:S='{ebms.S12}' xmlns:e='{ebms.EB}'><S:Header><e:Messaging><e:SignalMessage>%s</e:SignalMessage>"
    "</e:Messaging></S:Header><S:Body>%s</S:Body></S:Envelope>"
)
INFO = f"<e:MessageInfo><e:RefToMessageId>{ID}</e:RefToMessageId></e:MessageInfo>"
FAULT = (
    "<S:Fault><S:Code><S:Value>S:%s</S:Value></S:Code><S:Reason><S:Text xml:lang='en'>quotes 880101300123</S:Text>"
    "</S:Reason></S:Fault>"
)
BARE = f"<S:Envelope xmlns:S='{ebms.S12}'><S:Body>%s</S:Body></S:Envelope>"
POSTPONED = {"EBMS:0005", "EBMS:0101", "EBMS:0102", "EBMS:0103", "EBMS:0201", "EBMS:0202", "EBMS:0301", "EBMS:0302"}
STATES = {**dict.fromkeys(ROWS, "failed"), **dict.fromkeys(POSTPONED, "queued"), "EBMS:4001": "unproven"}


async def told(town: Town, status: int, body: str) -> tuple[str, str, str]:
    """State, code and detail of a message that the partner answered so."""

    async def answer(_target: str, _content_type: str, _body: object) -> Reply:
        return Reply(status, body.encode(), ebms.SOAP_TYPE)

    kz = town["KZ.KGD"]
    kz.loopback.send = answer  # type: ignore[assignment]
    await kz.post(SAMPLE, ID, to=("BY.GTK",))
    assert await kz.deliver() == 1
    (row,) = await kz.store.messages({}, 10)
    return row["state"], row["code"], row["detail"]


@pytest.mark.parametrize("code", [code for code, row in ROWS.items() if row.severity == "failure"])
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_every_published_error_has_its_consequence(town: Town, code: str, status: int) -> None:
    """By the table, whatever the HTTP status; category in capitals, no ErrorDetail, a SOAP Fault beside it (as Domibus)."""
    error = f"<e:Error errorCode='{code}' severity='FAILURE' category='PROCESSING' shortDescription='Short'/>"

    state, counted, detail = await told(town, status, SIGNAL % (INFO + error, FAULT % "Receiver"))

    assert (state, counted, detail) == (STATES[code], code, f"{code} Short")


@pytest.mark.parametrize("code", ["EBMS:0002", "EBMS:0006", "EBMS:0004"])
async def test_a_warning_alone_is_no_answer(town: Town, code: str) -> None:
    """The message is tried again; the warning is shown."""
    error = f"<e:Error errorCode='{code}' severity='Warning'><e:Description>look</e:Description></e:Error>"

    assert await told(town, 200, SIGNAL % (INFO + error, "")) == ("queued", "GW:8007", f"{code} look")


async def test_the_permanent_one_of_several_errors_counts(town: Town) -> None:
    """All of them are shown."""
    errors = "".join(f"<e:Error errorCode='EBMS:{code}' severity='failure'/>" for code in ("0202", "0010", "0101"))

    state, code, detail = await told(town, 200, SIGNAL % (INFO + errors, ""))

    assert (state, code) == ("failed", "EBMS:0010")
    assert detail == "EBMS:0202 ; EBMS:0010 ; EBMS:0101 "


@pytest.mark.parametrize("about", ["<e:MessageInfo><e:RefToMessageId>x@y</e:RefToMessageId></e:MessageInfo>", ""])
async def test_errors_about_another_message_fail_nothing(town: Town, about: str) -> None:
    """A permanent error that names another message is no answer to this one."""
    error = "<e:Error errorCode='EBMS:0009' severity='failure' refToMessageInError='x@y'/>"

    state, code, _ = await told(town, 200, SIGNAL % (about + error, ""))

    assert (state, code) == ("queued", "GW:8007")


async def test_errors_about_no_message_are_about_what_they_answer(town: Town) -> None:
    """A partner that could not read the header cannot name the message."""
    error = "<e:Error errorCode='EBMS:0009' severity='failure'/>"

    assert (await told(town, 200, SIGNAL % (error, "")))[:2] == ("failed", "EBMS:0009")


@pytest.mark.parametrize(
    ("status", "code", "state", "counted"),
    [
        (500, "Receiver", "queued", "GW:8005"),
        (400, "Sender", "failed", "GW:8006"),
        (200, "Receiver", "queued", "GW:8007"),
    ],
)
async def test_a_bare_soap_fault_is_told_by_its_code(
    town: Town, status: int, code: str, state: str, counted: str
) -> None:
    """The HTTP status decides; the Fault's text, which may quote the message, is shown nowhere."""
    assert await told(town, status, BARE % (FAULT % code)) == (state, counted, f"HTTP {status}, SOAP Fault {code}")


@pytest.mark.parametrize(("code", "logged"), [("EBMS:0010", 1), ("EBMS:0202", 0)])
async def test_a_delivery_that_failed_for_good_is_in_the_programs_logging(
    town: Town, caplog: pytest.LogCaptureFixture, code: str, logged: int
) -> None:
    """Target and code; one that only waits is not there (the control)."""
    await told(town, 200, SIGNAL % (INFO + f"<e:Error errorCode='{code}' severity='failure'/>", ""))

    found = [row.getMessage() for row in caplog.records if row.levelname == "ERROR"]
    assert [("party:BY.GTK" in text, code in text) for text in found] == [(True, True)] * logged
