"""OpenSSL agrees on signatures: of checkpoints and, as Go's packages do not know them, of cosignatures."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.core.evidence.note import CosignSigner, NoteSigner, Signature
from tests.core.evidence.signing import LOG, OTHER, SECONDS, TEXT, WITNESS

PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 4: SubjectPublicKeyInfo of an Ed25519 key


def verified(folder: Path, vkey: str, text: bytes, signature: bytes) -> bool:
    """What openssl says; the key is what stands after the last plus, without its first byte."""
    public = base64.b64decode(vkey.split("+", 2)[2])[1:]
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(PREFIX + public) + b"\n-----END PUBLIC KEY-----\n"
    for name, content in (("key.pem", pem), ("text", text), ("signature", signature)):
        (folder / name).write_bytes(content)
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-rawin",
        "-pubin",
        "-inkey",
        "key.pem",
        "-in",
        "text",
        "-sigfile",
        "signature",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() in {"Signature Verified Successfully", "Signature Verification Failure"}, done.stderr
    return done.returncode == 0


def test_checkpoint_s_signature_verifies(tmp_path: Path) -> None:
    """It covers the text; the control is another text."""
    signature = _of_line(LOG.sign(TEXT).line())

    assert verified(tmp_path, str(LOG.verifier), TEXT.encode(), signature[4:])
    assert not verified(tmp_path, str(LOG.verifier), TEXT.encode() + b"\n", signature[4:])


@pytest.mark.parametrize("witness", [WITNESS, OTHER], ids=lambda each: each.name)
def test_cosignature_verifies(witness: CosignSigner, tmp_path: Path) -> None:
    """C2SP tlog-cosignature: two lines before the text, and the time in the signature line; controls: another time or text."""
    content = _of_line(witness.sign(TEXT, SECONDS).line())
    seconds, signature = int.from_bytes(content[4:12], "big"), content[12:]
    assert seconds == SECONDS

    def covered(time: int, text: str) -> bytes:
        return f"cosignature/v1\ntime {time}\n{text}".encode()

    assert verified(tmp_path, str(witness.verifier), covered(seconds, TEXT), signature)
    assert not verified(tmp_path, str(witness.verifier), covered(seconds + 1, TEXT), signature)
    assert not verified(tmp_path, str(witness.verifier), covered(seconds, TEXT.replace("12", "13", 1)), signature)
    assert not verified(tmp_path, str(witness.verifier), TEXT.encode(), signature)


@pytest.mark.parametrize("signer", [LOG, WITNESS], ids=["log", "witness"])
def test_what_openssl_signs_we_believe(signer: NoteSigner | CosignSigner, tmp_path: Path) -> None:
    """The other way round: the private key as PEM, the signature line put together by hand."""
    (tmp_path / "key.pem").write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    header = f"cosignature/v1\ntime {SECONDS}\n" if isinstance(signer, CosignSigner) else ""
    (tmp_path / "text").write_text(header + TEXT)
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "text", "-out", "signature"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    time = SECONDS.to_bytes(8, "big") if header else b""
    made = Signature(signer.name, signer.verifier.key_id, time + (tmp_path / "signature").read_bytes())

    assert signer.verifier.verified(TEXT, made)
    assert not signer.verifier.verified(TEXT + "\n", made)


def _of_line(line: str) -> bytes:
    """The bytes in a signature line: key id, for a cosignature the time, signature."""
    return base64.b64decode(line.rstrip("\n").rpartition(" ")[2])
