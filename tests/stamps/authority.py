"""A real time-stamp authority: openssl answers, a small server hands over; and the ways in which one can be at fault."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.cli.process import free_port

POLICY, OTHER_POLICY = "1.2.3.4.1", "1.2.3.4.5"
CONFIGURATION = f"""[tsa]
default_tsa = own
[own]
serial = {{folder}}/serial
crypto_device = builtin
signer_cert = {{folder}}/own.pem
signer_key = {{folder}}/own.key
signer_digest = sha256
default_policy = {POLICY}
other_policies = {OTHER_POLICY}
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
DIGEST = b"\x04\x20"  # before the SHA-256 in a question
PURPOSES = (ExtendedKeyUsageOID.TIME_STAMPING,)


@dataclass(frozen=True, slots=True)
class Authority:
    """Keys, certificates and openssl's configuration in a folder."""

    folder: Path

    @property
    def pem(self) -> Path:
        """Its certificate, then its root."""
        return self.folder / "chain.pem"

    @property
    def certificates(self) -> list[x509.Certificate]:
        """The same, loaded."""
        return x509.load_pem_x509_certificates(self.pem.read_bytes())

    def answer(self, question: bytes) -> bytes:
        """What openssl replies."""
        (self.folder / "question").write_bytes(question)
        words = ["openssl", "ts", "-reply", "-config", "authority.cnf", "-queryfile", "question", "-out", "answer"]
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "answer").read_bytes()


def found(
    folder: Path,
    name: str,
    *,
    began: int = -400,
    ends: int = 400,
    purposes: tuple[x509.ObjectIdentifier, ...] = PURPOSES,
) -> Authority:
    """A new authority with a root of its own; its own certificate is valid from and until so many days from now."""
    folder.mkdir()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(f"{name} root", root_key, None, (-500, 500), None)
    own = _certificate(name, key, (root, root_key), (began, ends), purposes)
    (folder / "own.pem").write_bytes(own.public_bytes(Encoding.PEM))
    (folder / "own.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "chain.pem").write_bytes(own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
    (folder / "serial").write_text("01\n")
    (folder / "authority.cnf").write_text(CONFIGURATION.format(folder=folder))
    return Authority(folder)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    days: tuple[int, int],
    purposes: tuple[x509.ObjectIdentifier, ...] | None,
) -> x509.Certificate:
    now = datetime.now(UTC)  # noqa: TID251 - certificates are valid in real time
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuing = issuer[0].subject if issuer else subject
    made = (
        x509.CertificateBuilder(issuing, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
    )
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    return made.sign(issuer[1] if issuer else key, SHA256())


def with_other_nonce(question: bytes) -> bytes:
    """The question with one bit of its nonce changed: it stands before the wish for certificates."""
    return question[:-4] + bytes([question[-4] ^ 1]) + question[-3:]


def of_other_note(question: bytes) -> bytes:
    """The question about other bytes."""
    at = question.index(DIGEST) + len(DIGEST)
    return question[:at] + bytes([question[at] ^ 1]) + question[at + 1 :]


Behaviour = Callable[[Authority, bytes], bytes]
FAULTY: dict[str, Behaviour] = {
    "other nonce": lambda authority, question: authority.answer(with_other_nonce(question)),
    "other note": lambda authority, question: authority.answer(of_other_note(question)),
    "refused": lambda authority, _: authority.answer(b"no question"),
    "garbage": lambda *_: b"\x30\x03\x02\x01\x00" + bytes(100),
    "empty": lambda *_: b"",
    "too large": lambda *_: bytes(1024**2),
}


@dataclass
class Served:
    """A server before an authority; a test may change what it does."""

    authority: Authority
    port: int = field(default_factory=free_port)
    behaviour: Behaviour = Authority.answer
    hanging: bool = False
    asked: list[tuple[str, bytes]] = field(default_factory=list)  # content type and question

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}/stamp"

    async def handle(self, request: web.Request) -> web.Response:
        """One question."""
        question = await request.read()
        self.asked.append((request.content_type, question))
        if self.hanging:
            await asyncio.Event().wait()
        answer = await asyncio.to_thread(self.behaviour, self.authority, question)
        return web.Response(body=answer, content_type="application/timestamp-reply")

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["Served"]:
        """It is up while the block runs."""
        application = web.Application()
        application.router.add_post("/stamp", self.handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield self
        finally:
            await runner.cleanup()
