"""Partners read our delivery log and have theirs witnessed: HTTP around the flow (C2SP tlog-tiles, tlog-witness)."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from gateway.core.agreement import Party, Register
from gateway.core.authenticate import party_of
from gateway.core.errors import Rejected
from gateway.core.evidence.witness import LARGEST_OFFER
from gateway.core.message import Answer
from gateway.core.names import Edge, PartyId
from gateway.flow.log_desk import ROOT, TILES, LogDesk
from gateway.flow.watch import Watch
from gateway.web.peer import peer_of
from gateway.web.reading import read

AT_ONCE = 16  # requests of one partner
FOREVER = "max-age=31536000, immutable"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogEdge:
    """The paths under /log."""

    register: Callable[[], Register]
    desk: LogDesk
    watch: Watch
    largest: Mapping[str, int] = field(default_factory=dict)  # what may be larger than an offer, by path
    _under_way: Counter[PartyId] = field(default_factory=Counter)
    _large: set[PartyId] = field(default_factory=set)  # those whose large body is in memory: one of each

    def takes(self, request: web.BaseRequest) -> bool:
        """Whether the request is about the log."""
        return request.path.startswith(f"{ROOT}/")

    async def receive(self, request: web.BaseRequest) -> web.Response:
        """The answer to a partner; 403 to everybody else, 503 to one that asks too much at once."""
        register, peer = self.register(), peer_of(request)
        party = party_of(peer, register)
        if party is None or party.id == register.own.id:
            self.watch.unproven(Edge.PARTNER, peer)
            return web.Response(status=403)
        large = request.path.removeprefix(ROOT) in self.largest
        if self._under_way[party.id] >= AT_ONCE or (large and party.id in self._large):
            return web.Response(status=503, headers={"Retry-After": "1"})
        self._under_way[party.id] += 1
        if large:
            self._large.add(party.id)
        try:
            return _response(request, await self._answer(request, party))
        except Rejected as refusal:
            return web.Response(status=refusal.first.status)
        except (ConnectionError, asyncio.IncompleteReadError):
            raise  # the partner went away: there is nobody to answer
        except Exception:
            logger.exception("a request about the log could not be answered")
            return web.Response(status=503)
        finally:
            self._under_way[party.id] -= 1
            if large:
                self._large.remove(party.id)

    async def _answer(self, request: web.BaseRequest, party: Party) -> Answer:
        path = request.path.removeprefix(ROOT)
        if request.method == "GET":
            return await self.desk.get(party, path)
        if request.method == "POST":
            return await self.desk.post(party, path, await read(request, self.largest.get(path, LARGEST_OFFER)))
        return Answer(405, "text/plain", b"")


def _response(request: web.BaseRequest, answer: Answer) -> web.Response:
    tile = answer.status == 200 and request.path.startswith(ROOT + TILES)  # noqa: PLR2004 - HTTP's own number
    charset = "; charset=utf-8" if answer.content_type == "text/plain" else ""
    headers = {"Content-Type": answer.content_type + charset, "Cache-Control": FOREVER if tile else "no-cache"}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
