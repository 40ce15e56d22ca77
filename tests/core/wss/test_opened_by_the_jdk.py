"""What is encrypted here opens with the JDK, on which Domibus, phase4 and Holodeck are built."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from gateway.core.wss import ciphers
from gateway.core.wss.encrypt import Encryption, encrypt, writer
from gateway.core.wss.keywrap import LocalOpener
from tests.core.wss.recipients import drawn, header, recipient
from tests.peers.environment import NO_JDK

PROGRAM = Path(__file__).with_name("Opening.java")
JAVA = shutil.which("javac") and shutil.which("java")  # a source file is run, so the compiler must be there
CASES = (
    ("rsa", "RSA", Encryption()),
    ("rsa", "RSA", Encryption(data="aes256-gcm")),
    ("x25519", "XDH", Encryption(key=ciphers.X25519)),
    ("x25519", "XDH", Encryption(key=ciphers.X25519, data="aes256-gcm")),
    ("p256", "EC", Encryption(key=ciphers.ECDH)),
    ("p384", "EC", Encryption(key=ciphers.ECDH, derivation=ciphers.CONCAT)),
    ("p521", "EC", Encryption(key=ciphers.ECDH)),
)


@pytest.mark.slow
@pytest.mark.skipif(JAVA is None, reason=NO_JDK)
def test_the_jdk_opens_what_is_encrypted_here(tmp_path: Path) -> None:
    """One part in each way, read with the JDK's XML parser, key agreement, key wrap and AES-GCM."""
    folders = [tmp_path / str(number) for number in range(len(CASES))]
    for folder, (kind, java_kind, how) in zip(folders, CASES, strict=True):
        opener = recipient(kind)
        assert isinstance(opener, LocalOpener)
        encrypted = encrypt(opener.certificate, how, [("one@kz", "application/gzip")], drawn)
        sealed = writer(encrypted.key, "one@kz")
        folder.mkdir()
        (folder / "kind").write_text(java_kind, "ascii")
        (folder / "key").write_bytes(opener.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "security.xml").write_bytes(etree.tostring(header(encrypted.extra)))
        (folder / "wire").write_bytes(sealed.feed(f"{kind} {how.data}".encode()) + sealed.finish())
    done = subprocess.run([JAVA or "", PROGRAM, *folders], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == [f"{kind} {how.data}" for kind, _, how in CASES]
