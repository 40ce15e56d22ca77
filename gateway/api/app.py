"""The national edge's handlers: translate, call the flow, translate back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.api import answers
from gateway.api.openapi import document
from gateway.api.submit import submission
from gateway.core import push
from gateway.core.agreement import Register, System
from gateway.core.authenticate import system_of
from gateway.core.ebms import iso
from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.language import Language, preferred
from gateway.core.message import Peer, Received
from gateway.core.names import Edge
from gateway.core.patterns import State
from gateway.core.texts import say
from gateway.flow.bodies import framed, is_small
from gateway.flow.conversations import Conversations, of_conversations
from gateway.flow.inbox import Content, InboxDesk, facts, is_alone
from gateway.flow.intake import Intake
from gateway.flow.operate import Operate
from gateway.flow.ports import Clock, Item, Row
from gateway.flow.trail import Look, Trail
from gateway.flow.upload import Upload, Uploads
from gateway.web.peer import peer_of
from gateway.web.writing import stream

LONGEST_WAIT = 60
LONGEST_LEASE = 3600
MOST_ITEMS = 1000
MOST_TRANSACTIONS = 10**18 - 1
CHOSEN = ("state", "partner", "type")  # how transactions are chosen
logger = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Api:
    """The edge's handlers and what they call."""

    intake: Intake
    desk: InboxDesk
    operate: Operate
    conversations: Conversations
    register: Callable[[], Register]
    clock: Clock
    uploads: Uploads
    trail: Trail

    def application(self) -> web.Application:
        """The routes; the OpenAPI document names the same ones."""
        application = web.Application(client_max_size=0, middlewares=[self.problems])
        application.router.add_routes(
            [
                web.post("/messages", self.post_message),
                web.get("/messages/{message_id}", self.get_message),
                web.get("/conversations", self.list_conversations),
                web.get("/conversations/{conversation_id}", self.get_conversation),
                web.get("/inbox", self.list_inbox),
                web.post("/inbox/lease", self.lease_inbox),
                web.get("/inbox/{item}", self.read_item),
                web.get("/inbox/{item}/parts/{part}", self.read_part),
                web.post("/inbox/{item}/renew", self.renew_item),
                web.post("/inbox/{item}/acknowledge", self.acknowledge_item),
                web.get("/openapi.json", self.openapi),
                web.get("/health", self.health),
            ]
        )
        return application

    async def post_message(self, request: web.Request) -> web.Response:
        """202 after the commit; with ?dry-run 200 and nothing stored."""
        register, peer = self.register(), peer_of(request)
        self._require(peer)  # before the body is read
        dry = "dry-run" in request.query
        async with self.uploads.begin(register.limits, keep=not dry) as upload:
            fresh = self.clock.message_id()
            try:
                received = await submission(request, peer, upload, fresh)
            except Rejected as refusal:
                if not dry:
                    await self.intake.refusals.log(Received(Edge.NATIONAL, peer, b"", "", fresh), refusal)
                raise
            return await self._taken(received, upload, dry=dry)

    async def _taken(self, received: Received, upload: Upload, *, dry: bool) -> web.Response:
        if dry:
            return answers.rehearsed(await self.intake.rehearse(received, upload.hold))
        accepted = await self.intake.accept(received, answers.accepted, upload.hold)
        return answers.to_producer(accepted.known, accepted.answer)

    async def get_message(self, request: web.Request) -> web.Response:
        """Life cycle of a submission's messages."""
        system = self._system(request).id
        rows = await self.operate.status(system, request.match_info["message_id"])
        await self.trail.looked(
            Look(f"system:{system}", "GET /messages/{message_id}"), [str(row["message_id"]) for row in rows]
        )
        return answers.in_language({"messages": rows}, self._language(request))

    async def list_conversations(self, request: web.Request) -> web.Response:
        """The system's own transactions, newest first, a page at a time."""
        if request.query.get("state", State.OPENED) not in set(State):
            raise rejected(ErrorCode.BAD_REQUEST, "state", say("transaction_state"))
        filters: dict[str, str | int] = {name: request.query[name] for name in CHOSEN if request.query.get(name)}
        if _number(request, "late", 0, 0, 1):
            filters["late"] = 1
        if "before" in request.query:
            filters["before"] = _number(request, "before", 0, 0, MOST_TRANSACTIONS)
        system = self._system(request).id
        look = Look(f"system:{system}", "GET /conversations", tuple(filters))
        page = await self.conversations.page(
            {**filters, "system": system}, _number(request, "limit", 100, 1, MOST_ITEMS)
        )
        await self.trail.looked(look, of_conversations(page["transactions"]))
        return answers.reply(page)

    async def get_conversation(self, request: web.Request) -> web.Response:
        """Where a conversation's transactions stand, and what they await from whom."""
        system = self._system(request).id
        rows = await self.conversations.show(request.match_info["conversation_id"], system)
        look = Look(f"system:{system}", "GET /conversations/{conversation_id}")
        await self.trail.looked(look, of_conversations(rows))
        return answers.reply({"transactions": rows})

    async def list_inbox(self, request: web.Request) -> web.Response:
        """What is there, without taking it."""
        system = self._system(request).id
        rows = await self.desk.list(system, _number(request, "limit", 100, 1, MOST_ITEMS))
        await self.trail.looked(Look(f"system:{system}", "GET /inbox"), [row["message_id"] for row in rows])
        return answers.reply({"items": [_listed(row) for row in rows]})

    async def lease_inbox(self, request: web.Request) -> web.Response:
        """Items that nobody else gets until the lease ends; waits for the first one if asked to."""
        items = await self.desk.lease(
            self._system(request).id,
            _number(request, "limit", 1, 1, MOST_ITEMS),
            _number(request, "seconds", 60, 1, LONGEST_LEASE),
            _number(request, "wait", 0, 0, LONGEST_WAIT),
            lambda: request.transport is not None and not request.transport.is_closing(),
        )
        return answers.reply({"items": [_leased(item) for item in items]})

    async def read_item(self, request: web.Request) -> web.StreamResponse:
        """The document, or multipart/form-data where there are attachments; a manifest alone is read as a part."""
        system, number, lease = self._system(request).id, _item(request), _lease(request)
        if is_small((await self.desk.item(system, number)).parts):
            return _whole(*await self.desk.read(system, number, lease))
        item = await self.desk.open(system, number, lease)
        if is_alone(item.parts):
            return await stream(request, _headers(item), item.parts[0].size, self.desk.pieces(item, item.parts[0]))
        shown, rows = (
            facts(item.header, item.facts["removed"], item.parts),
            [(p.media_type, p.name) for p in item.parts],
        )
        content_type, heads, end = push.frame(item.header.message_id, shown, rows)
        size = sum(map(len, heads)) + sum(part.size for part in item.parts) + len(end)
        pieces = framed(heads, (self.desk.pieces(item, part) for part in item.parts), end)
        return await stream(request, {**_headers(item), "Content-Type": content_type}, size, pieces)

    async def read_part(self, request: web.Request) -> web.StreamResponse:
        """One payload of an item alone: the document is part 0, the attachments follow."""
        item = await self.desk.open(self._system(request).id, _item(request), _lease(request))
        number = _digits(request, "part", say("own_payload"))
        if number >= len(item.parts):
            raise rejected(ErrorCode.NOT_FOUND, "part", say("own_payload"))
        part = item.parts[number]
        headers = {**_headers(item), "Content-Type": part.media_type, "Gateway-Sha256": part.digest.hex()}
        return await stream(request, headers, part.size, self.desk.pieces(item, part))

    async def renew_item(self, request: web.Request) -> web.Response:
        """A longer lease; 0 seconds give the item back."""
        seconds = _number(request, "seconds", 60, 0, LONGEST_LEASE)
        await self.desk.renew(self._system(request).id, _item(request), _lease(request), seconds)
        return web.Response(status=204)

    async def acknowledge_item(self, request: web.Request) -> web.Response:
        """The item is the system's now; before this nothing is dropped."""
        await self.desk.acknowledge(self._system(request).id, _item(request), _lease(request))
        return web.Response(status=204)

    async def openapi(self, _request: web.Request) -> web.Response:
        """The description of this edge."""
        return answers.reply(document())

    async def health(self, _request: web.Request) -> web.Response:
        """Whether requests are served, and whether messages are accepted; if not, why and since when."""
        since = self.intake.halt.since
        return answers.reply(
            {
                "status": "serving",
                "environment": self.register().own.environment.value,
                "accepting": since is None,
                "code": ErrorCode.STAMP_OVERDUE.code if since else None,
                "since": iso(since) if since else None,
            }
        )

    @web.middleware
    async def problems(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever goes wrong leaves as problem details: never a traceback, never a value."""
        try:
            return await handler(request)
        except Rejected as refusal:
            return self._problem(request, refusal)
        except web.HTTPMethodNotAllowed as error:
            methods = ", ".join(sorted(error.allowed_methods))
            answer = self._problem(request, rejected(ErrorCode.METHOD_NOT_ALLOWED, "method", methods))
            answer.headers["Allow"] = methods
            return answer
        except web.HTTPException as error:
            code = ErrorCode.NOT_FOUND if error.status == 404 else ErrorCode.BAD_REQUEST  # noqa: PLR2004
            return self._problem(request, rejected(code, "URL", say("path_of_openapi")))
        except (ConnectionError, asyncio.IncompleteReadError):
            raise  # the caller went away: there is nobody to answer
        except Exception:
            logger.exception("a request could not be handled")
            return self._problem(request, rejected(ErrorCode.UNAVAILABLE))

    def _problem(self, request: web.Request, refusal: Rejected) -> web.Response:
        return answers.problem(refusal, self._language(request), self.register().prefixes)

    def _language(self, request: web.Request) -> Language:
        """What the reader asks for, or the configured one."""
        return preferred(request.headers.get("Accept-Language", ""), self.register().language)

    def _system(self, request: web.Request) -> System:
        return self._require(peer_of(request))

    def _require(self, peer: Peer) -> System:
        try:
            return system_of(peer, self.register())
        except Rejected:
            self.intake.refusals.watch.unproven(Edge.NATIONAL, peer)
            raise


def _listed(row: Row) -> dict[str, object]:
    times = ("timestamp", "deadline", "arrived_at", "lease_until")
    texts = (
        "message_id",
        "conversation_id",
        "ref_to_message_id",
        "sender",
        "type",
        "version",
        "agreement",
        "purpose",
        "environment",
    )
    numbers = {"item": row["item"], "reads": row["reads"]}
    return {
        **numbers,
        **{name: row[name] for name in texts},
        **{name: iso(row[name]) if row[name] else None for name in times},
    }


def _leased(item: Item) -> dict[str, object]:
    return {
        "item": item.item,
        "lease": item.lease,
        "lease_until": iso(item.lease_until),
        **facts(item.header, item.facts["removed"], item.parts),
    }


def _headers(item: Item) -> dict[str, str]:
    """What is needed to check and answer the document without another request."""
    return {
        "Content-Type": "application/xml",
        "Gateway-Message-Id": item.header.message_id,
        "Gateway-Sender": item.header.sender,
        "Gateway-Type": item.header.action,
        "Gateway-Version": item.header.version,
        "Gateway-Purpose": item.header.purpose,
        "Gateway-Sha256": bytes(item.facts["digest_out"]).hex(),
    }


def _whole(item: Item, contents: Sequence[Content]) -> web.Response:
    """A small item's document, or its form."""
    if is_alone(item.parts):
        return web.Response(body=contents[0].content, headers=_headers(item))
    shown = facts(item.header, item.facts["removed"], item.parts)
    payloads = [(found.part.media_type, found.part.name, found.content) for found in contents]
    content_type, body = push.write(item.header.message_id, shown, payloads)
    return web.Response(body=body, headers={**_headers(item), "Content-Type": content_type})


def _item(request: web.Request) -> int:
    return _digits(request, "item", say("own_item"))


def _digits(request: web.Request, name: str, expected: str) -> int:
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - 64 bits
        raise rejected(ErrorCode.NOT_FOUND, name, expected)
    return int(text)


def _lease(request: web.Request) -> str:
    lease = request.query.get("lease", "")
    if not lease:
        raise rejected(ErrorCode.BAD_REQUEST, "lease", say("leased"))
    return lease


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):  # noqa: PLR2004
        raise rejected(ErrorCode.BAD_REQUEST, name, say("number_between", least=least, most=most))
    return int(text)
