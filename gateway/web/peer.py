"""Who is at the other end of a request, asked anew each time: a connection outlives a removal."""

from hashlib import sha256

from aiohttp import web

from gateway.core.message import Peer

BEARER = "bearer "


def peer_of(request: web.BaseRequest) -> Peer:
    """The address, the digest of the client certificate and the digest of the bearer token."""
    transport = request.transport
    tls = transport.get_extra_info("ssl_object") if transport is not None else None
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    authorization = request.headers.get("Authorization", "")
    token = authorization[len(BEARER) :].strip() if authorization.lower().startswith(BEARER) else ""
    return Peer(
        request.remote or "",
        sha256(certificate).digest() if certificate else b"",
        sha256(token.encode()).digest() if token else b"",
    )
