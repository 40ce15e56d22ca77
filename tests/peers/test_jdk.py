"""The JDK's XML Signature as second verifier: it finds valid what we sign, and invalid what was changed."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.core.pmode import Token
from gateway.core.wss.sign import How
from tests.core.wss.making import PARTS, signed, signer
from tests.peers.environment import NO_JDK

# kind of key ► how the signature is made
KINDS = {
    "rsa": (("rsa-sha256", "sha256"), ("rsa-sha512", "sha512"), ("rsa-pss-sha256", "sha256")),
    "p256": (("ecdsa-sha256", "sha256"), ("ecdsa-sha384", "sha384")),
    "p384": (("ecdsa-sha384", "sha384"),),
    "p521": (("ecdsa-sha512", "sha512"),),
    "ed25519": (("ed25519", "sha256"),),
}
ROWS = [
    pytest.param(kind, method, How(digest, token), id=f"{kind}-{method}-{token}")
    for kind, ways in KINDS.items()
    for method, digest in ways
    for token in ((Token.BST, Token.PKIPATH, Token.SKI, Token.ISSUER_SERIAL) if kind == "p256" else (Token.BST,))
]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What the JDK says about every case: one start for all."""
    java = shutil.which("java")
    modules = (
        subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=True).stdout if java else ""
    )
    if java is None or "jdk.compiler" not in modules:  # a JRE alone cannot run a source file
        pytest.skip(NO_JDK)
    folder = tmp_path_factory.mktemp("jdk")
    for row in ROWS:
        kind, method, how = row.values
        envelope = signed(signer(kind, method), how)
        _write(folder / f"good-{row.id}", kind, envelope, PARTS)
        _write(folder / f"body-{row.id}", kind, envelope.replace(b"KZ.KGD", b"KZ.KGE"), PARTS)
        _write(folder / f"value-{row.id}", kind, _with_other_value(envelope), PARTS)
        _write(folder / f"part-{row.id}", kind, envelope, {**PARTS, "a@x": b"\x1f\x8b eno"})
    command = [java, str(Path(__file__).parent / "Verify.java"), *map(str, sorted(folder.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert not done.returncode, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def _with_other_value(envelope: bytes) -> bytes:
    before, tag, after = envelope.partition(b"<ds:SignatureValue>")
    return before + tag + (b"B" if after[9:10] != b"B" else b"C").join((after[:9], after[10:]))


def _write(folder: Path, kind: str, envelope: bytes, parts: Mapping[str, bytes]) -> None:
    (folder / "parts").mkdir(parents=True)
    (folder / "envelope.xml").write_bytes(envelope)
    (folder / "signer.pem").write_bytes(signer(kind).chain[0].public_bytes(Encoding.PEM))
    for cid, content in parts.items():
        (folder / "parts" / quote(cid)).write_bytes(content)


@pytest.mark.parametrize(("kind", "method", "how"), ROWS)
def test_the_jdk_agrees(kind: str, method: str, how: How, verdicts: Mapping[str, str]) -> None:
    """Messaging, Body and both parts; the controls: a changed header, a changed part, another signer's value."""
    name = f"{kind}-{method}-{how.token}"
    assert verdicts[f"good-{name}"] == "valid 4"
    assert verdicts[f"body-{name}"] == "invalid: #messaging"
    assert verdicts[f"part-{name}"] == "invalid: cid:a@x"
    assert verdicts[f"value-{name}"] == "invalid: SignatureValue"
