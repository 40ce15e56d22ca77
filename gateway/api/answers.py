"""What the national edge answers: JSON, and RFC 9457 problem details that list every fault."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from gateway.core import manifest
from gateway.core.ebms import iso
from gateway.core.errors import MAX_FAULTS, Rejected
from gateway.core.language import Language
from gateway.core.message import Answer, Authenticated, Copy, Redacted, Redaction, SealedMessage
from gateway.core.salt import Salts
from gateway.core.texts import say, told

PREFIX = re.compile(r"([\w.-]+):")
PROBLEM = "application/problem+json"
JSON = "application/json"
RETRY_AFTER = "5"  # seconds, with 503


def accepted(known: Authenticated, messages: Sequence[SealedMessage]) -> Answer:
    """202: what was taken over, and under which ids. Kept for repeats, so nothing secret is in it."""
    first = messages[0].header
    body = {
        "submission_id": known.identity.message_id,
        "conversation_id": first.conversation_id,
        "agreement": first.agreement,
        "type": first.action,
        "version": first.version,
        "purpose": first.purpose,
        "environment": first.environment.value,
        "deadline": iso(first.deadline),
        "messages": [
            {
                "message_id": message.header.message_id,
                "recipient": message.header.recipient,
                "sha256": message.digest_out.hex(),
                "removed": [asdict(removed) for removed in message.removed],
                **({"redaction": _redaction(message.redaction)} if message.redaction else {}),
                "log_entry": message.entry.hash.hex(),
            }
            for message in messages
        ],
    }
    return Answer(202, JSON, json.dumps(body, ensure_ascii=False).encode())


def _redaction(redaction: Redaction) -> Mapping[str, object]:
    """What was removed, with the number of each unit's salt."""
    units = [{**manifest.listed(unit), "ordinal": unit.ordinal} for unit in redaction.units]
    return {**manifest.facts(redaction), "units": units}


def to_producer(known: Authenticated, answer: Answer) -> web.Response:
    """The kept answer and, for the producer alone, the salts and the plain digest of what it sent."""
    received = {
        "sha256": known.unpacked.payloads[0].digest.hex(),
        "salt": known.salts.salt().hex(),
        "salted_sha256": known.received.hex(),
    }
    head = b'{"received": ' + json.dumps(received).encode() + b", "
    body = _with_salts(answer.body, known.salts) if b'"redaction"' in answer.body else answer.body
    return web.Response(status=answer.status, content_type=answer.content_type, body=head + body[1:])


def _with_salts(kept: bytes, salts: Salts) -> bytes:
    """The answer with each removed unit's salt, which is derived again and kept nowhere."""
    answer = json.loads(kept)
    for message in answer["messages"]:
        for unit in message.get("redaction", {}).get("units", ()):
            unit["salt"] = salts.salt(unit["ordinal"]).hex()
    return json.dumps(answer, ensure_ascii=False).encode()


def rehearsed(redacted: Redacted) -> web.Response:
    """200: what accepting would do. No digests and no salts: nothing was accepted."""
    header = redacted.copies[0].header
    return reply(
        {
            "dry_run": True,
            "agreement": header.agreement,
            "type": header.action,
            "version": header.version,
            "purpose": header.purpose,
            "environment": header.environment.value,
            "deadline": iso(header.deadline),
            "messages": [_copy(copy) for copy in redacted.copies],
        }
    )


def _copy(copy: Copy) -> Mapping[str, object]:
    return {"recipient": copy.header.recipient, "removed": [asdict(removed) for removed in copy.removed]}


def reply(body: Mapping[str, Any], status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(status=status, content_type=JSON, body=json.dumps(body, ensure_ascii=False).encode())


def in_language(body: Mapping[str, Any], language: Language) -> web.Response:
    """A JSON answer whose texts are told in the language."""
    answer = reply({name: _told(value, language) for name, value in body.items()})
    answer.headers["Content-Language"] = language
    return answer


def _told(value: object, language: Language) -> object:
    if isinstance(value, Mapping):
        return {name: _told(inner, language) for name, inner in value.items()}
    if isinstance(value, list):
        return [_told(inner, language) for inner in value]
    return told(value, language) if isinstance(value, str) else value


def problem(refusal: Rejected, language: Language, prefixes: Mapping[str, str]) -> web.Response:
    """RFC 9457: the first fault decides the status, all faults are listed, in the reader's language."""
    first = refusal.first
    body = {
        "type": f"urn:eurasec-gw:error:{first.code}",
        "title": first.short,
        "status": first.status,
        "detail": told(first.meaning, language),
        "faults": [fault.facts(language) for fault in refusal.faults],
    }
    used = set(PREFIX.findall(" ".join(f"{fault.path} {fault.type}" for fault in refusal.faults)))
    declared = {prefix: namespace for namespace, prefix in prefixes.items() if prefix in used}
    if declared:
        body["prefixes"] = declared  # as the paths use them
    if refusal.more:
        body["more_faults"] = told(say("more_faults", n=refusal.more, most=MAX_FAULTS), language)
    headers = {"Content-Language": language.value}
    if first.status == 503:  # noqa: PLR2004
        headers["Retry-After"] = RETRY_AFTER
    if first.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=first.status, content_type=PROBLEM, body=json.dumps(body, ensure_ascii=False).encode(), headers=headers
    )
