"""Refusals and rehearsals: every fault at once, no value, no trace, nothing stored."""

import gzip
import json
import logging

import pytest
from lxml import etree

from tests.api.edge import RESULT, TRN, Service, codes, document, fault
from tests.house import SAMPLES, canaries, sample

FIVE = "invalid/TransitReleaseNotice--five-kinds-of-wrong-value"
STRIPPED = "restricted/TransitReleaseNotice--sums-control-and-official"
XML = "application/xml"


async def test_a_refusal_lists_every_fault_as_problem_details(kz: Service) -> None:
    """RFC 9457, each fault with code, path, line, column and what was expected."""
    reply = await kz.post(FIVE)
    expected = json.loads((SAMPLES / f"{FIVE}.json").read_text())["faults"]
    assert reply.headers["Content-Type"] == "application/problem+json"
    body = reply.json
    assert (reply.status, body["status"], body["type"]) == (422, 422, f"urn:eurasec-gw:error:{expected[0]['code']}")
    assert [{key: row[key] for key in wanted} for wanted, row in zip(expected, body["faults"], strict=True)] == expected
    assert all(row["column"] > 0 and row["expected"] for row in body["faults"])
    assert [entry["sender"] for entry in kz.entries("refused")] == ["KZ.KGD"]


async def test_a_refusal_declares_the_prefixes_of_its_paths(kz: Service) -> None:
    """Those and no others: with them every path can be looked up in the document; each value's type is named."""
    body = (await kz.post(FIVE)).json

    used = {step.partition(":")[0] for row in body["faults"] for step in row["path"].split("/")[1:] if ":" in step}
    assert used <= set(body["prefixes"])
    root = etree.fromstring(sample(FIVE))
    assert all(root.xpath(row["path"].partition("/@")[0], namespaces=body["prefixes"]) for row in body["faults"])
    assert any(row.get("type") for row in body["faults"])


async def test_statement_and_schema_faults_come_together(kz: Service) -> None:
    """Recipient, purpose, environment, deadline and schema: one answer for all of them."""
    reply = await kz.post(FIVE, to="RU.FTS", purpose="x", environment="production", deadline="2020-01-01T00:00:00Z")
    assert {"GW:4003", "GW:4004", "GW:4005", "GW:4009", "GW:5004", "GW:5003"} <= set(codes(reply))


async def test_a_dry_run_stores_nothing_and_gives_no_salt(kz: Service) -> None:
    """It says what would be removed, and leaves no message, no log entry and no memory of the id."""
    stated = {"message_id": "dry-1@kz.example"}
    before = kz.rows("SELECT count(*) FROM log_entries")
    reply = await kz.client.call("POST", "/messages?dry-run", stated, sample(STRIPPED), XML)
    refused = await kz.client.call("POST", "/messages?dry-run=1", None, sample(FIVE), XML)
    assert (reply.status, reply.json["dry_run"]) == (200, True)
    expected = json.loads((SAMPLES / f"{STRIPPED}.json").read_text())["removed"]
    counts: dict[str, int] = {}
    for row in reply.json["messages"][0]["removed"]:
        counts[row["rule"]] = counts.get(row["rule"], 0) + row["count"]
    assert counts == expected
    assert not any(word in reply.body for word in (b"salt", b"sha256", b"digest"))
    assert not any(canary in reply.body for canary in canaries(STRIPPED))
    assert (refused.status, len(refused.json["faults"])) == (
        422,
        len(json.loads((SAMPLES / f"{FIVE}.json").read_text())["faults"]),
    )
    assert kz.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM ids") == []
    assert kz.rows("SELECT count(*) FROM log_entries") == before
    assert (await kz.post(RESULT, **stated)).status == 202


async def test_a_dry_run_says_that_the_id_is_used(kz: Service) -> None:
    """Posting this would be 409, so the dry run is not 200."""
    await kz.accepted(TRN, message_id="used-1@kz.example")
    stated = {"message_id": "used-1@kz.example"}
    reply = await kz.client.call("POST", "/messages?dry-run", stated, sample(RESULT), XML)
    assert (reply.status, codes(reply)) == (409, ["GW:4008"])


async def test_another_content_type_is_415(kz: Service) -> None:
    """Only XML, alone or as part `message` of a form."""
    for content_type in ("application/json", "text/plain", "application/octet-stream", "multipart/mixed; boundary=a"):
        reply = await kz.client.call("POST", "/messages", None, sample(TRN), content_type)
        assert (reply.status, codes(reply)) == (415, ["GW:1009"]), content_type
    kind, _, name, content = document(TRN)
    part = await kz.post_form((kind, "text/plain", name, content))
    assert (part.status, codes(part)) == (415, ["GW:1009"])
    assert (await kz.client.call("POST", "/messages", None, sample(TRN), "text/xml; charset=UTF-8")).status == 202


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"]
)
async def test_a_broken_form_is_the_callers_fault(
    kz: Service, content_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A form without its boundary is 400: no 5xx, nothing about it in the error log."""
    reply = await kz.client.call("POST", "/messages", None, b"--x\r\n\r\nabc", content_type)
    assert (reply.status, codes(reply)) == (400, ["GW:1010"])
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_an_unknown_path_is_a_problem_too(kz: Service) -> None:
    """404 as problem details, with or without a token."""
    async with kz.house.stranger() as nobody:
        for client in (kz.client, nobody):
            reply = await client.call("GET", "/console")
            assert (reply.status, codes(reply)) == (404, ["GW:7001"])


async def test_a_wrong_method_is_a_problem_too(kz: Service) -> None:
    """405 as problem details, with the methods that are right in Allow (RFC 9110 15.5.6)."""
    for method, path, allowed in (
        ("GET", "/messages", "POST"),
        ("PUT", "/messages", "POST"),
        ("DELETE", "/inbox/1", "GET, HEAD"),
        ("GET", "/inbox/1/acknowledge", "POST"),
    ):
        reply = await kz.client.call(method, path)
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert (reply.status, codes(reply), reply.headers.get("Allow")) == (405, ["GW:7005"], allowed)


@pytest.mark.parametrize("body", [sample(TRN), b"<a/>"], ids=["a document", "shorter than its gzip"])
async def test_a_compressed_body_is_refused_as_such(kz: Service, body: bytes) -> None:
    """Content-Encoding: gzip is 415 as problem details that name the header; nothing is stored."""
    session = kz.client._session
    assert session is not None
    headers = {"Content-Type": XML, "Content-Encoding": "gzip"}
    async with session.post(f"{kz.house.url}/messages", data=gzip.compress(body), headers=headers) as reply:
        assert (reply.status, reply.headers["Content-Type"]) == (415, "application/problem+json")
        found = [(row["code"], row["path"]) for row in (await reply.json(content_type=None))["faults"]]
    assert found == [("GW:1009", "Content-Encoding")]
    assert kz.rows("SELECT 1 FROM messages") == []


async def test_refusals_never_repeat_what_was_sent(kz: Service, caplog: pytest.LogCaptureFixture) -> None:
    """No faulty value, no unknown name, no validator text and no trace in any answer, log entry or log line."""
    caplog.set_level(logging.DEBUG)
    secret = "ZhQ81-secret"
    document_of = sample(TRN).decode()
    office = document_of.replace("<csdo:CustomsOfficeCode>11216413<", f"<csdo:CustomsOfficeCode>{secret}<")
    unknown = document_of.replace("<casdo:ContainerIndicator>", f"<casdo:{secret}/><casdo:ContainerIndicator>")
    attribute = document_of.replace("<casdo:ContainerIndicator>", f'<casdo:ContainerIndicator {secret}="{secret}">')
    root = f"<{secret}/>"
    entity = f'<!DOCTYPE a [<!ENTITY x "{secret}">]><a>&x;</a>'
    broken = document_of.replace("</casdo:ContainerIndicator>", f"</{secret}>")
    for text in (office, unknown, attribute, root, entity, broken):
        reply = await kz.client.post(text.encode(), {})
        assert 400 <= reply.status < 500
        assert secret.encode() not in reply.body
        assert b"Traceback" not in reply.body
        assert b"lxml" not in reply.body
    stated = await kz.post(TRN, to=secret, purpose=secret, environment=secret, type=secret)
    assert secret.encode() not in stated.body
    logged = b"".join(body for (body,) in kz.rows("SELECT body FROM log_entries"))
    assert secret.encode() not in logged
    gateway_lines = [record.getMessage() for record in caplog.records if record.name.startswith("gateway")]
    assert not any(secret in line for line in gateway_lines)


async def test_a_refusal_of_an_unreadable_body_names_the_line(kz: Service) -> None:
    """A body that is no XML is told where it breaks."""
    reply = await kz.client.post(b"<a>\n  <b>\n</a>", {})
    assert (fault(reply)["code"], fault(reply)["line"]) == ("GW:1001", 3)
