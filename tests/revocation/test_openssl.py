"""What openssl's own responder and a plain web server say decides whether a certificate is believed."""

import asyncio
import contextlib
import datetime as dt
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from gateway.cli.process import free_port
from gateway.core.agreement import Register
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import PartyId
from gateway.core.wss.revocation import Revocation, Source
from gateway.core.wss.trust import Trusted, judge
from gateway.flow.revocation import Revocations
from gateway.flow.sending import SendError
from gateway.machine import SystemClock
from gateway.transport.plain import fetch
from tests.core.wss import pki
from tests.core.wss.pki import CA, Holder, issue
from tests.house import House, build, eventually
from tests.loading import load

NEVER = (-3650, 3650)
BY = PartyId("BY.GTK")


def index(folder: Path, *rows: tuple[Holder, bool]) -> None:
    """The responder's memory: certificate, and whether it is revoked."""
    lines = []
    for holder, revoked in rows:
        serial = f"{holder.certificate.serial_number:X}"
        serial = serial if len(serial) % 2 == 0 else f"0{serial}"
        end, ended = f"{holder.certificate.not_valid_after_utc:%y%m%d%H%M%SZ}", "260101000000Z" if revoked else ""
        lines.append(f"{'R' if revoked else 'V'}\t{end}\t{ended}\t{serial}\tunknown\t/CN=x\n")
    (folder / "index.txt").write_text("".join(lines))


@contextlib.asynccontextmanager
async def responder(folder: Path, issuer: Holder) -> AsyncIterator[str]:
    """`openssl ocsp` answers for the issuer."""
    (folder / "ca.pem").write_bytes(issuer.pem)
    (folder / "ca.key").write_bytes(issuer.key_pem)
    port = free_port()
    words = (
        "ocsp",
        "-index",
        "index.txt",
        "-port",
        str(port),
        "-rsigner",
        "ca.pem",
        "-rkey",
        "ca.key",
        "-CA",
        "ca.pem",
    )
    process = await asyncio.create_subprocess_exec(
        "openssl", *words, "-nmin", "5", cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        while b"ACCEPT" not in await process.stdout.readline():
            assert process.returncode is None
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def server(answers: dict[str, bytes | int]) -> AsyncIterator[str]:
    """A plain web server with these files, or statuses; «slow» never ends."""

    async def answer(request: web.Request) -> web.StreamResponse:
        found = answers.get(request.path.strip("/"), 404)
        if found == 0:
            await asyncio.sleep(600)
        return web.Response(body=found) if isinstance(found, bytes) else web.Response(status=found)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """A register with one partner to give certificates to."""
    kz, _ = build(tmp_path_factory.mktemp("revocation"), "KZ.KGD", "BY.GTK")
    return load(kz.folder).register


def register(base: Register, leaf: Holder, *sources: Source) -> Register:
    """BY's certificate is pinned, and nothing is believed of which nothing fresh is known."""
    trusted = Trusted({leaf.fingerprint: leaf.certificate}, revocation=Revocation.REQUIRED, sources=sources)
    return replace(base, parties={BY: replace(base.parties[BY], messages=trusted)})


def verdict(found: Register, leaf: Holder) -> str:
    """Empty where it is believed now."""
    try:
        judge((leaf.certificate,), found.parties[BY].messages, SystemClock("x").now())
    except Rejected as refusal:
        return refusal.faults[0].expected
    return ""


async def test_openssl_answers_about_certificates(tmp_path: Path, base: Register) -> None:
    """Good is believed; revoked and unknown are not; when the responder is gone, the last answer holds."""
    root = issue("root", None, CA, days=NEVER)
    good, revoked, unknown = (issue(name, root, days=NEVER) for name in ("good", "revoked", "unknown"))
    index(tmp_path, (good, False), (revoked, True))
    clock = SystemClock("x")
    async with responder(tmp_path, root) as url:
        told = {}
        for leaf in (good, revoked, unknown):
            known = register(base, leaf, Source(url, (root.certificate,), leaf.certificate))
            revocations = Revocations(lambda known=known: known, fetch, clock)  # type: ignore[misc]
            assert "is known" in verdict(known, leaf)
            await revocations.refresh()
            told[leaf.certificate.subject.rfc4514_string()] = verdict(revocations.known(known), leaf)
    assert told["CN=good"] == ""
    assert "has not revoked" in told["CN=revoked"]
    assert "is known" in told["CN=unknown"]


async def test_a_list_is_fetched_and_the_newer_one_counts(base: Register) -> None:
    """An old list that somebody plays to us again does not undo a newer one; a fetch that fails changes nothing."""
    root = issue("root", None, CA, days=NEVER)
    leaf = issue("leaf", root, days=NEVER)
    today = (dt.datetime.now(dt.UTC) - pki.TODAY) / pki.DAY  # noqa: TID251 - real responders answer for today
    old, new = (
        pki.crl(root, days=(today - 2, today + 2)),
        pki.crl(root, [leaf.certificate], days=(today - 1, today + 1)),
    )
    files: dict[str, bytes | int] = {"root.crl": old}
    async with server(files) as url:
        known = register(base, leaf, Source(f"{url}root.crl", (root.certificate,)))
        revocations = Revocations(lambda: known, fetch, SystemClock("x"))
        told = []
        for now in (old, new, old, 500, b"garbage"):
            files["root.crl"] = now
            await revocations.refresh()
            told.append(bool(verdict(revocations.known(known), leaf)))
    assert told == [False, True, True, True, True]


async def test_what_is_fetched_is_bounded() -> None:
    """In size and time; what is not there, or is no URL, is named."""
    files: dict[str, bytes | int] = {"large": b"x" * 200_000, "slow": 0, "small": b"y"}
    async with server(files) as url:
        assert await fetch(f"{url}small", b"") == b"y"
        for name, code in (
            ("large", ErrorCode.TOO_LARGE),
            ("slow", ErrorCode.TIMED_OUT),
            ("none", ErrorCode.HTTP_TEMPORARY),
        ):
            with pytest.raises(SendError) as found:
                await fetch(url + name, b"", most=100_000, seconds=0.3)
            assert found.value.code is code
    for wrong in (url, "http://[", "ftp://x/"):
        with pytest.raises(SendError):
            await fetch(wrong, b"question")


async def test_a_running_gateway_asks_by_itself(pair: tuple[House, House], tmp_path: Path) -> None:
    """From its start: the verdict about BY's certificate changes without a reload."""
    root = issue("root", None, CA, days=NEVER)
    leaf = issue("BY.GTK", root, days=NEVER)
    index(tmp_path, (leaf, False))
    pem = pair[0].folder / "parties" / "BY.GTK.as4.pem"
    pem.write_bytes(leaf.pem + root.pem)
    async with responder(tmp_path, root) as url:
        pair[0].edit(
            "parties/BY.GTK.toml",
            'certificate = "BY.GTK.as4.pem"',
            f'certificate = "BY.GTK.as4.pem"\nrevocation = "required"\nocsp_from = "{url}"',
        )
        assert "is known" in verdict(load(pair[0].folder).register, leaf)
        async with pair[0].running() as gateway:
            await eventually(lambda: not verdict(gateway.register(), leaf))
            await gateway.reload()
            assert verdict(gateway.register(), leaf) == ""
