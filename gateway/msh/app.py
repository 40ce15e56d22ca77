"""Takes AS4 messages from partners: receipt or error, in the HTTP answer."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiohttp import web

from gateway.core import receipt
from gateway.core.agreement import Party, Register
from gateway.core.authenticate import party_of
from gateway.core.errors import ErrorCode, Fault, Rejected, rejected
from gateway.core.language import Language, preferred
from gateway.core.message import Answer, Authenticated, Peer, Received
from gateway.core.names import Edge
from gateway.core.pmode import PMode
from gateway.core.security import sign_signal
from gateway.core.soap import Keyring
from gateway.core.texts import say
from gateway.flow import aside
from gateway.flow.chance import chance
from gateway.flow.intake import Intake
from gateway.flow.memory import Hold
from gateway.flow.ports import Clock
from gateway.flow.request import Request
from gateway.flow.taking import take
from gateway.flow.upload import SOAP_LIMIT, Upload, Uploads
from gateway.msh.log import LogEdge
from gateway.msh.signals import Desk, send
from gateway.web.peer import peer_of
from gateway.web.reading import announced, pieces, read

PATH = "/msh"
MIME_OVERHEAD = 256 * 1024  # SOAP part and part headers
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Msh:
    """The edge's one handler."""

    intake: Intake
    register: Callable[[], Register]
    clock: Clock
    uploads: Uploads
    desk: Desk
    log: LogEdge

    async def receive(self, request: web.BaseRequest) -> web.StreamResponse:
        """A receipt after the commit, or an ebMS error; never anything else."""
        if self.log.takes(request):
            return await self.log.receive(request)
        if (request.method, request.path) != ("POST", PATH):
            return web.Response(status=404)
        try:
            answer = await self._answer(request)
        except Rejected as refusal:
            return await self._refused(request, refusal)
        except (ConnectionError, asyncio.IncompleteReadError):
            raise  # the partner went away: there is nobody to answer
        except Exception:
            logger.exception("an AS4 request could not be handled")
            return await self._refused(request, rejected(ErrorCode.UNAVAILABLE))
        return await send(request, answer) if isinstance(answer, Request) else _response(answer)

    async def _refused(self, request: web.BaseRequest, refusal: Rejected) -> web.Response:
        """The errors in the language the partner asks for: English where it asks for none."""
        language = preferred(request.headers.get("Accept-Language", ""), Language.EN)
        party = party_of(peer_of(request), self.register())
        response = _response(await self.refusal(refusal, party, language))
        response.headers["Content-Language"] = language
        return response

    async def _signed(self, answer: Answer, pmode: PMode, register: Register) -> Answer:
        """The errors, signed where the P-Mode signs; a suite that fails takes nobody's errors away."""
        try:
            body = await self.intake.offload(
                aside.signing(pmode, register), lambda: sign_signal(answer.body, pmode, register)
            )
        except Rejected as refusal:
            fault = refusal.faults[0]
            logger.warning("an ebMS error could not be signed: %s: expected %s", fault.path, fault.expected)
            return answer
        return replace(answer, body=body)

    async def _answer(self, request: web.BaseRequest) -> Answer | Request:
        register, peer = self.register(), peer_of(request)
        self._require_party(peer, register)
        async with self.uploads.begin(register.limits) as upload:
            received = await self._received(request, peer, upload)
            return await self.desk.answer(received, register.limits) or await self.take(received, upload.hold)

    async def take(self, received: Received, hold: Hold) -> Answer:
        """The receipt for a user message, which is durable; Rejected where it is not taken."""
        accepted = await self.intake.accept(received, self._acknowledge, hold)
        register = self.register().at(self.clock.now())
        return await self.intake.offload(
            aside.signing(accepted.known.pmode, register),
            lambda: receipt.complete(accepted.answer, accepted.known, register),
        )

    async def refusal(self, refusal: Rejected, party: Party | None, language: Language = Language.EN) -> Answer:
        """The errors for what is not taken; signed for a party we know."""
        now = self.clock.now()
        answer, register = receipt.refuse(refusal, self.clock.message_id(), now, language), self.register().at(now)
        return answer if party is None else await self._signed(answer, refusal.about.pmode or party.pmode(), register)

    async def _received(self, request: web.BaseRequest, peer: Peer, upload: Upload) -> Received:
        """The request; what is refused on the way is logged like what is refused behind it."""
        empty = Received(
            Edge.PARTNER, peer, b"", request.headers.get("Content-Type", ""), self.clock.message_id(), parts=()
        )
        try:
            return await self._read(request, empty, upload)
        except Rejected as refusal:
            await self.intake.refusals.log(empty, refusal)
            raise

    async def _read(self, request: web.BaseRequest, empty: Received, upload: Upload) -> Received:
        """What is too large to be held is split as it comes, its large attachments staged."""
        largest = upload.limits.message + MIME_OVERHEAD
        size = announced(request, largest)
        if size is not None and size <= upload.limits.inline:
            return replace(empty, body=await read(request, largest))
        if empty.content_type.partition(";")[0].strip().lower() == "multipart/related":
            keyring = Keyring(self.register().openers, chance(self.clock))
            parts = await take(upload, pieces(request, largest), empty.content_type, keyring)
            return replace(empty, parts=parts)
        return replace(empty, body=await read(request, SOAP_LIMIT))

    def _require_party(self, peer: Peer, register: Register) -> None:
        """On every request: keep-alive and resumption outlive a party's removal."""
        if party_of(peer, register) is None:
            self.intake.refusals.watch.unproven(Edge.PARTNER, peer)
            raise Rejected(Fault(ErrorCode.EBMS_0101, expected=say("listed_party")))

    def _acknowledge(self, known: Authenticated, _messages: object) -> Answer:
        return receipt.acknowledge(known.identity.message_id, self.clock.message_id(), self.clock.now())


def _response(answer: Answer) -> web.Response:
    headers = {"Content-Type": f"{answer.content_type}; charset=UTF-8"} if answer.content_type else {}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
