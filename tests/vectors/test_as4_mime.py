"""The recorded messages of Domibus, phase4 and Holodeck as MIME: each splits into the parts that are in it."""

import re
from typing import Any

import pytest

from gateway.core import ebms, mime
from tests.vectors.recorded import body, rows

Row = dict[str, Any]


@pytest.mark.parametrize("row", rows("multipart/"))
def test_every_recorded_message_splits(row: Row) -> None:
    """Good and bad ones: the envelope first, and a part for every other Content-ID in it."""
    whole = body(row)
    written = {found.decode() for found in re.findall(rb"(?im)^content-id:\s*<?([^>\s]+)", whole)}

    soap, *others = mime.split(whole, row["content_type"])

    assert (soap.media_type, soap.content.rstrip()[-1:]) == (ebms.SOAP_TYPE, b">")
    assert {part.content_id for part in others} == written - {soap.content_id}


@pytest.mark.parametrize("row", rows("multipart/"))
def test_every_recorded_message_splits_the_same_in_pieces(row: Row) -> None:
    """As a network delivers it."""
    whole, reader, found = body(row), mime.Reader(row["content_type"]), list[bytes]()
    for at in range(0, len(whole), 1400):
        for event in reader.feed(whole[at : at + 1400]):
            found = [*found[:-1], found[-1] + event] if isinstance(event, bytes) else [*found, b""]
    reader.finish()

    assert found == [part.content for part in mime.split(whole, row["content_type"])]
