"""What partners send besides user messages: receipts and errors in requests of their own, and PullRequests."""

from dataclasses import dataclass

from aiohttp import web

from gateway.core.agreement import Limits
from gateway.core.heading import Kind, heading
from gateway.core.message import Answer, Received
from gateway.flow.pull import Pulls
from gateway.flow.request import Request
from gateway.flow.sending import Streamed
from gateway.flow.signals import Signals
from gateway.web.writing import stream


@dataclass(frozen=True, slots=True)
class Desk:
    """Hands each signal to whom it is for."""

    signals: Signals
    pulls: Pulls

    async def answer(self, received: Received, limits: Limits) -> Answer | Request | None:
        """The signal's answer, or the pulled message; None where the request is no signal."""
        found = heading(received, limits)
        if found is None:
            return None
        if found.kind is Kind.PULL:
            return await self.pulls.answer(received, found)
        return await self.signals.take(received, found)


async def send(request: web.BaseRequest, pulled: Request) -> web.StreamResponse:
    """The pulled message; a large one while it is read from the store."""
    headers = {"Content-Type": pulled.content_type}
    if isinstance(pulled.body, Streamed):
        return await stream(request, headers, pulled.size, pulled.body.pieces())
    return web.Response(body=pulled.body, headers=headers)
