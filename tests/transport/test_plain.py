"""Asking issuers and time-stamp authorities."""

import pytest

from gateway.core.errors import ErrorCode
from gateway.flow.sending import SendError
from gateway.transport.plain import ask


async def test_what_is_told_of_an_authority_that_is_down_holds_no_secret_of_its_address() -> None:
    """Host and port alone: the address may have a password or a token in it, and this text is logged."""
    with pytest.raises(SendError) as error:
        await ask("http://customs:secret@127.0.0.1:1/token-4711", b"")
    assert (error.value.code, error.value.detail) == (ErrorCode.UNREACHABLE, "127.0.0.1:1")
