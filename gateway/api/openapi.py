"""The OpenAPI 3.1 description of the national edge; a test holds it against the routes and real answers."""

from typing import Any

from gateway import __version__
from gateway.api.metadata import FIELDS
from gateway.core.properties import CORNERS

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TIME: Schema = {"type": "string", "format": "date-time"}
NAMES = ("message_id", "conversation_id", "ref_to_message_id", "sender", "type", "version", "agreement")
HEX: Schema = {"type": "string", "pattern": "^[0-9a-f]*$"}


def _object(**properties: Schema) -> Schema:
    """All properties present, no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


PROPERTIES = _list(_object(name=TEXT, value=TEXT, type=TEXT))


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customs message gateway: national edge",
            "version": __version__,
            "description": "Post customs messages, follow them, read what came. Faults: en, ru, kk, by Accept-Language.",
        },
        "security": [{"token": []}, {"certificate": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "certificate": {"type": "mutualTLS"},
            },
            "schemas": _schemas(),
        },
    }


def _paths() -> dict[str, Any]:
    return {
        "/messages": {"post": _post_message()},
        "/messages/{message_id}": {
            "get": _operation(
                "Life cycle of a submission's messages", "Lives", [_parameter("message_id", "path", TEXT)], (401, 404)
            )
        },
        "/conversations": {
            "get": _operation(
                "The system's own transactions, newest first",
                "TransactionPage",
                [
                    _parameter("state", "query", TEXT, description="where they stand"),
                    _parameter("late", "query", NUMBER, description="1: only those in which something is late"),
                    _parameter("partner", "query", TEXT, description="PartyId of the other side"),
                    _parameter("type", "query", TEXT, description="message type that opened them"),
                    _parameter("before", "query", NUMBER, description="`next` of the page before"),
                    _parameter("limit", "query", NUMBER),
                ],
                (400, 401),
            )
        },
        "/conversations/{conversation_id}": {
            "get": _operation(
                "Where a conversation's transactions stand",
                "Transactions",
                [_parameter("conversation_id", "path", TEXT)],
                (401, 404),
            )
        },
        **_inbox_paths(),
        "/openapi.json": {"get": {**_operation("This description", "Any", [], ()), "security": []}},
        "/health": {"get": {**_operation("Whether requests are served", "Health", [], ()), "security": []}},
    }


def _inbox_paths() -> dict[str, Any]:
    return {
        "/inbox": {
            "get": _operation("Items, without taking them", "Items", [_parameter("limit", "query", NUMBER)], (400, 401))
        },
        "/inbox/lease": {
            "post": _operation(
                "Take items under a lease; wait for the first one",
                "Leased",
                [_parameter(name, "query", NUMBER) for name in ("limit", "seconds", "wait")],
                (400, 401, 503),
            )
        },
        **_item_paths(),
    }


def _item_paths() -> dict[str, Any]:
    item = _parameter("item", "path", NUMBER)
    lease = _parameter("lease", "query", TEXT, required=True)
    seconds = _parameter("seconds", "query", NUMBER)
    return {
        "/inbox/{item}": {
            "get": {
                **_operation("Read a leased item", "", [item, lease], (400, 401, 404, 409, 410, 500)),
                "responses": {
                    "200": {
                        "description": "the document; with attachments, as a POST /messages form",
                        "content": {"application/xml": {}, "multipart/form-data": {}},
                    },
                    **_problems((400, 401, 404, 409, 410, 500)),
                },
            }
        },
        "/inbox/{item}/parts/{part}": {
            "get": {
                **_operation("Read one payload of a leased item", "", [], ()),
                "parameters": [item, _parameter("part", "path", NUMBER, description="0: the document"), lease],
                "responses": {
                    "200": {"description": "the payload alone, of its own media type", "content": {"*/*": {}}},
                    **_problems((400, 401, 404, 409, 410, 500)),
                },
            }
        },
        "/inbox/{item}/renew": {
            "post": _operation(
                "Renew a lease; 0 gives the item back", "", [item, lease, seconds], (400, 401, 404, 409, 503)
            )
        },
        "/inbox/{item}/acknowledge": {
            "post": _operation("Take an item over", "", [item, lease], (400, 401, 404, 409, 503))
        },
    }


def _post_message() -> dict[str, Any]:
    parameters = [_parameter(name, "query", TEXT, description=text) for name, text in FIELDS.items()]
    dry_run = _parameter("dry-run", "query", TEXT, description="say what would happen; store nothing")
    return {
        **_operation("Post a message", "Accepted", [*parameters, dry_run], ()),
        "requestBody": {
            "required": True,
            "content": {
                "application/xml": {},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["message"],
                        "properties": {
                            "message": TEXT,
                            "metadata": {"type": "object"},
                            "attachment": {"type": "array", "items": TEXT},
                        },
                    }
                },
            },
        },
        "responses": {
            "202": _json("accepted: durable, delivery is guaranteed until the deadline", "Accepted"),
            "200": _json("dry run: what would happen", "Rehearsed"),
            **_problems((400, 401, 403, 409, 413, 415, 422, 503)),
        },
    }


def _operation(summary: str, schema: str, parameters: list[Schema], problems: tuple[int, ...]) -> dict[str, Any]:
    done = {"200": _json("done", schema)} if schema else {"204": {"description": "done"}}
    return {"summary": summary, "parameters": parameters, "responses": {**done, **_problems(problems)}}


def _parameter(name: str, where: str, schema: Schema, *, required: bool = False, description: str = "") -> Schema:
    row = {"name": name, "in": where, "required": required or where == "path", "schema": schema}
    return {**row, "description": description} if description else row


def _json(description: str, schema: str) -> Schema:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _problems(statuses: tuple[int, ...]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": "refused", "content": content} for status in statuses}


def _schemas() -> dict[str, Schema]:
    removed = _list(_object(rule=TEXT, path=TEXT, count=NUMBER))
    terms = {"agreement": TEXT, "type": TEXT, "version": TEXT, "purpose": TEXT, "environment": TEXT, "deadline": TIME}
    maybe = {"type": ["string", "null"]}
    instant = {"type": ["string", "null"], "format": "date-time"}
    names = dict.fromkeys(NAMES, TEXT)
    return {
        "Any": {"type": "object"},
        "Health": _object(status=TEXT, environment=TEXT, accepting={"type": "boolean"}, code=maybe, since=instant),
        "Accepted": _object(
            received=_object(sha256=HEX, salt=HEX, salted_sha256=HEX),
            submission_id=TEXT,
            conversation_id=TEXT,
            **terms,
            messages=_list(_accepted(removed)),
        ),
        "Rehearsed": _object(
            dry_run={"type": "boolean"}, **terms, messages=_list(_object(recipient=TEXT, removed=removed))
        ),
        "Lives": _object(messages=_list(_life(removed, maybe, instant))),
        "Transactions": _object(transactions=_list(_transaction(maybe, instant, messages=True))),
        "TransactionPage": _object(
            transactions=_list(_transaction(maybe, instant)), next={"type": ["integer", "null"]}
        ),
        "Items": _object(
            items=_list(
                _object(
                    item=NUMBER,
                    **names,
                    purpose=TEXT,
                    environment=TEXT,
                    timestamp=TIME,
                    deadline=TIME,
                    arrived_at=TIME,
                    lease_until={"type": ["string", "null"], "format": "date-time"},
                    reads=NUMBER,
                )
            )
        ),
        "Leased": _object(items=_list(_leased(names, removed))),
        "Problem": _problem(),
    }


def _accepted(removed: Schema) -> Schema:
    """A message to one recipient; `redaction` only where something was removed (docs/redaction.md)."""
    whole = _object(message_id=TEXT, recipient=TEXT, sha256=HEX, removed=removed, log_entry=HEX)
    texts = {"place": TEXT, "rule": TEXT, "class": TEXT, "path": TEXT}
    unit = _object(**texts, offset=NUMBER, c=HEX, hits=removed, ordinal=NUMBER, salt=HEX)
    unit["properties"]["attribute"] = TEXT
    redaction = _object(committed=HEX, key=TEXT, manifest=HEX, units=_list(unit))
    return {**whole, "properties": {**whole["properties"], "redaction": redaction}}


def _life(removed: Schema, maybe: Schema, instant: Schema) -> Schema:
    delivery = _object(
        target=TEXT,
        state=TEXT,
        attempts=NUMBER,
        next_attempt_at=instant,
        waits_because=maybe,
        last_code=maybe,
        last_ebms=maybe,
        last_detail=maybe,
        settled_at=instant,
    )
    names = ("message_id", "submission_id", "conversation_id", "recipient", "type", "version", "agreement", "purpose")
    return _object(
        **dict.fromkeys(names, TEXT),
        properties=PROPERTIES,
        digest_out=HEX,
        removed=removed,
        deadline=TIME,
        purged_at=instant,
        transaction=maybe,
        late_since=instant,
        deliveries=_list(delivery),
        log=_list(_object(kind=TEXT, at=TIME, entry=HEX, index={"type": ["integer", "null"]})),
    )


def _transaction(maybe: Schema, instant: Schema, *, messages: bool = False) -> Schema:
    texts = dict.fromkeys(
        ("conversation_id", "message_id", "type", "agreement", "partner", "role", "pattern", "state"), TEXT
    )
    message = {"message_id": TEXT, "as": TEXT, "type": TEXT, "sender": TEXT, "at": TIME, "delivery": maybe}
    return _object(
        **texts,
        awaits=maybe,
        awaited_from=maybe,
        since=TIME,
        due=instant,
        late_since=instant,
        code=maybe,
        **({"messages": _list(_object(**message))} if messages else {}),
    )


def _leased(names: dict[str, Schema], removed: Schema) -> Schema:
    payload = dict.fromkeys(("media_type", "name", "content_id"), TEXT)
    return _object(
        item=NUMBER,
        lease=TEXT,
        lease_until=TIME,
        **names,
        recipient=TEXT,
        purpose=TEXT,
        environment=TEXT,
        timestamp=TIME,
        deadline=TIME,
        **dict.fromkeys(CORNERS, TEXT),
        properties=PROPERTIES,
        removed=removed,
        payloads=_list(_object(**payload, size=NUMBER, sha256=HEX, properties=PROPERTIES)),
    )


def _problem() -> Schema:
    fault = {
        "type": "object",
        "properties": {
            "code": TEXT,
            "name": TEXT,
            "path": TEXT,
            "line": NUMBER,
            "column": NUMBER,
            "type": TEXT,
            "rule": TEXT,
            "expected": TEXT,
            "meaning": TEXT,
            "control": TEXT,
        },
        "required": ["code", "name", "meaning"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": NUMBER,
            "detail": TEXT,
            "faults": _list(fault),
            "prefixes": {"type": "object", "additionalProperties": TEXT},
            "more_faults": TEXT,
        },
        "required": ["type", "title", "status", "detail", "faults"],
        "additionalProperties": False,
    }
