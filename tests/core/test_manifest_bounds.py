"""A forged or very large list of removed parts costs bounded time, and none is sent that nobody would take."""

from time import process_time
from typing import Any

import pytest
from lxml import etree

from gateway.core import manifest
from gateway.core.commit import MisfitError
from gateway.core.errors import ErrorCode
from gateway.core.message import Received
from gateway.core.redact import redact
from tests.core.making import (
    BY,
    KZ,
    Gateway,
    posted,
    prepared,
    refusal,
    validated,
)
from tests.core.probe import note

MOST_SECONDS = 40  # of CPU on a machine that others use, too


def forged(*rows: dict[str, Any]) -> bytes:
    """A manifest of a partner that lists what it likes."""
    around = {"v": 1, "by": KZ, "agreement": "probe:1.0", "key": "k", "committed": "0" * 64}
    return manifest.canonical({**around, "removed": list(rows)})


def row(place: str, attribute: str = "", offset: int = 0) -> dict[str, Any]:
    """One unit of it."""
    made = {"place": place, "offset": offset, "rule": "r", "class": "P", "path": "/x", "c": "0" * 64, "hits": []}
    return {**made, "attribute": attribute} if attribute else made


def test_root_that_is_said_to_be_removed_fits_no_document() -> None:
    """It is a manifest that does not fit, and no error of this gateway."""
    assert not manifest.fits(manifest.read(forged(row("/"))), etree.fromstring(note()))


@pytest.mark.parametrize(
    "rows",
    [(row("/2"), row("/1")), (row("/1"), row("/1")), (row("/2/1"), row("/2")), (row("/1", "b"), row("/1", "a"))],
    ids=["backwards", "twice", "child first", "attributes backwards"],
)
def test_manifest_out_of_document_order_is_none(rows: tuple[dict[str, Any], ...]) -> None:
    """Control: its first row alone is one."""
    with pytest.raises(MisfitError, match="order"):
        manifest.read(forged(*rows))
    assert len(manifest.read(forged(rows[0])).marks) == 1


@pytest.mark.parametrize(
    ("rows", "body"),
    [
        ([row(f"/{n}", offset=1) for n in range(1, 30_001)], b"<a>" + b"x" * 4_000_000 + b"</a>"),
        ([row("/", f"a{n:05}") for n in range(50_000)], b"<a/>"),
    ],
    ids=["in one text", "of one owner"],
)
def test_forged_manifest_costs_bounded_time(rows: list[dict[str, Any]], body: bytes) -> None:
    """Its rows are looked at once each, however long the text that they share out."""
    start = process_time()

    assert not manifest.fits(manifest.read(forged(*rows)), etree.fromstring(body))

    assert process_time() - start < MOST_SECONDS


def test_much_mixed_content_is_stripped_in_bounded_time(probe: Gateway) -> None:
    """Each piece of text is moved once, and the manifest fits."""
    body = note("<p:Text>" + "<p:Name/>text" * 30_000 + "</p:Text>")
    validated_one = validated(probe, posted(probe, body, to=(BY,), purpose="customs"))
    start = process_time()

    (one,) = redact(validated_one).copies
    assert manifest.fits(manifest.read(one.payloads[-1].content), etree.fromstring(one.payloads[0].content))

    assert process_time() - start < MOST_SECONDS


@pytest.mark.parametrize("units", [3, 4], ids=["as it is written", "before it is written"])
def test_document_whose_manifest_nobody_would_take_is_refused(
    probe: Gateway, units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, not after a promise that no partner lets us keep. Control: under the real limit it is taken."""
    monkeypatch.setattr(manifest, "LARGEST", 4 * manifest.LEAST_ROW - 1)

    (fault,) = refusal(probe, named(probe, units)).faults

    assert (fault.code, fault.path, fault.expected) == (ErrorCode.TOO_LARGE, "manifest", "at most 679 bytes")
    monkeypatch.undo()
    assert len(manifest.read(prepared(probe, named(probe, units)).copies[0].payloads[-1].content).marks) == units


def named(gateway: Gateway, units: int) -> Received:
    """A document with so many restricted fields."""
    body = note("<p:Text>" + "<p:Name/>" * units + "</p:Text>")
    return posted(gateway, body, to=(BY,), purpose="customs")


def test_a_unit_takes_no_less_in_a_manifest_than_is_said(probe: Gateway) -> None:
    """The look ahead refuses nothing that would be small enough."""
    body = prepared(probe, named(probe, 100)).copies[0].payloads[-1].content

    assert len(body) >= 100 * manifest.LEAST_ROW
