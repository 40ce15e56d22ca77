"""An ASiC-E container has one form: every byte of it, and every file beside the bundle, is accounted for."""

import io
import zipfile

import pytest

from gateway.core.evidence import asice
from gateway.core.evidence.container import Container, measured, whole
from gateway.core.evidence.container import write as written
from gateway.core.evidence.note import Malformed

BUNDLE, SIGNATURES = b"PK bundle" * 50, b"<signatures/>"


def made(signatures: bytes = SIGNATURES) -> bytes:
    """A container."""
    target = io.BytesIO()
    asice.write(target, signatures, (measured(whole(BUNDLE)), whole(BUNDLE)))
    return target.getvalue()


def opened(content: bytes) -> asice.Opened:
    """The container as a verifier opens it."""
    return asice.opened(Container.of(io.BytesIO(content)))


def test_what_is_written_is_read_and_any_zip_tool_opens_it() -> None:
    """The type first, stored, at offset 38; the manifest names the bundle; the bundle is a file of its own."""
    content = made()
    found = opened(content)

    assert found.signatures == SIGNATURES
    assert found.digest == measured(whole(BUNDLE)).digest
    assert found.bundle.read() == BUNDLE
    assert found.bundle.seek(-4, 2) == len(BUNDLE) - 4
    assert (found.bundle.read(3), found.bundle.read(), found.bundle.read()) == (BUNDLE[-4:-1], BUNDLE[-1:], b"")
    assert content[30:38] + content[38 : 38 + len(asice.MIMETYPE)] == b"mimetype" + asice.MIMETYPE
    with zipfile.ZipFile(io.BytesIO(content)) as tool:
        assert tool.testzip() is None
        assert tool.namelist() == ["mimetype", "META-INF/manifest.xml", "META-INF/signatures001.xml", "evidence.zip"]
        assert {each.compress_type for each in tool.infolist()} == {zipfile.ZIP_STORED}
        assert tool.read("evidence.zip") == BUNDLE


def test_every_changed_byte_is_found_there_or_in_what_is_signed() -> None:
    """A changed byte makes the container another, or the signature file or the bundle's digest."""
    content, before = made(), opened(made())
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1
        try:
            found = opened(bytes(changed))
        except Malformed:
            continue
        pytest.fail(f"byte {at} was not missed: {found.digest == before.digest}")


@pytest.mark.parametrize("size", [0, 20, 200, 700])
def test_what_is_cut_short_is_no_container(size: int) -> None:
    """However much is there."""
    with pytest.raises(Malformed):
        opened(made()[:size])


def rewritten(*rows: tuple[str, bytes]) -> bytes:
    """A ZIP in its one form, with these members."""
    target = io.BytesIO()
    written(target, [(name, measured(whole(content)), whole(content)) for name, content in rows])
    return target.getvalue()


RIGHT = (
    ("mimetype", asice.MIMETYPE),
    (asice.MANIFEST, asice.LISTED),
    (asice.SIGNATURES, SIGNATURES),
    (asice.BUNDLE, BUNDLE),
)


@pytest.mark.parametrize(
    "rows",
    [
        (("mimetype", b"application/zip"), *RIGHT[1:]),
        (("mimetype", bytes(len(asice.MIMETYPE))), *RIGHT[1:]),
        (*RIGHT, ("more.txt", b"unsigned")),
        (RIGHT[0], *RIGHT[2:]),
        (RIGHT[0], (asice.MANIFEST, b"<manifest/>"), *RIGHT[2:]),
        (*RIGHT[:2], (asice.SIGNATURES, bytes(asice.LARGEST + 1)), RIGHT[3]),
    ],
    ids=["type", "type-of-the-length", "more", "less", "manifest", "large"],
)
def test_another_container_is_refused(rows: tuple[tuple[str, bytes], ...]) -> None:
    """Whatever differs from the one form; the untouched one is the control."""
    assert rewritten(*RIGHT) == made()
    with pytest.raises(Malformed):
        opened(rewritten(*rows))


def test_a_bundle_is_no_container() -> None:
    """Who looks first what a file is gets a plain answer."""
    assert asice.is_container(Container.of(io.BytesIO(made())))
    assert not asice.is_container(Container.of(io.BytesIO(rewritten(("index", b"x")))))
    assert not asice.is_container(Container.of(io.BytesIO(b"")))
