"""A listening socket whose certificates can be replaced without losing a connection."""

import socket
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

BACKLOG = 512
KEEPALIVE = 75.0  # seconds an idle connection stays open
SHUTDOWN = 3.0  # seconds that requests under way (long polls, too) get to end


def routed(application: web.Application) -> web.BaseRunner:
    """A runner for an edge with many routes."""
    return web.AppRunner(
        application, access_log=None, handle_signals=False, keepalive_timeout=KEEPALIVE, shutdown_timeout=SHUTDOWN
    )


def single(handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> web.BaseRunner:
    """A runner for an edge with one handler: routing would cost a tenth of a small message."""
    server = web.Server(handler, access_log=None, keepalive_timeout=KEEPALIVE)
    return web.ServerRunner(server, handle_signals=False, shutdown_timeout=SHUTDOWN)


class Listener:
    """One edge on one address; `replace` takes over new certificates for new connections."""

    def __init__(self, runner: web.BaseRunner, host: str, port: int) -> None:
        """Bind at once, so that a taken port stops the start."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        both = host == "::" and socket.has_dualstack_ipv6()
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
        self._runner = runner
        self._site: web.SockSite | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    async def start(self, context: ssl.SSLContext) -> None:
        """Connections are taken."""
        await self._runner.setup()
        await self.replace(context)

    async def replace(self, context: ssl.SSLContext) -> None:
        """New connections get the new context; those that are open go on, and are checked on every request.

        A new context, because load_verify_locations only ever adds. The socket stays open all the while.
        """
        old, self._site = (
            self._site,
            web.SockSite(self._runner, self._socket.dup(), ssl_context=context, backlog=BACKLOG),
        )
        await self._site.start()
        if old is not None:
            await old.stop()

    async def stop(self) -> None:
        """Requests under way are finished, then everything is closed."""
        await self._runner.cleanup()
        self._socket.close()
