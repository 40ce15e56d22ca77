"""A stamp proves when a note existed: by a real authority's answer, and by no other bytes."""

import builtins
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.core.evidence import stamp
from gateway.core.evidence.stamp import Demand, Flaw, NoStamp, Unchecked, check, question
from tests.stamps.authority import FAULTY, OTHER_POLICY, POLICY, Authority, found

NOTE = b"gateway.test/log\n1\nAAAA\n\n\xe2\x80\x94 gateway.test/log c2lnbmF0dXJl\n"
UNASKED = Demand()
NONCES = [0, 1, 127, 128, 255, 2**63 - 1, 2**63, 2**64 - 1]


def flaw(response: bytes, authority: Authority, note: bytes = NOTE, asked: Demand = UNASKED) -> Flaw | None:
    """Why the answer proves nothing; None where it is a stamp."""
    try:
        check(response, note, authority.certificates, asked)
    except NoStamp as fault:
        return fault.flaw
    return None


@pytest.mark.parametrize("nonce", NONCES)
def test_openssl_reads_the_question(tmp_path: Path, nonce: int) -> None:
    """The hash, the policy, the nonce and the wish for certificates are what was meant."""
    (tmp_path / "question").write_bytes(question(NOTE, nonce, OTHER_POLICY))
    text = subprocess.run(
        ["openssl", "ts", "-query", "-in", "question", "-text"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert f"Policy OID: {OTHER_POLICY}" in text
    assert int(text.partition("Nonce: ")[2].split()[0], 16) == nonce
    assert "Hash Algorithm: sha256" in text
    assert "Certificate required: yes" in text


@pytest.mark.parametrize("policy", ["", POLICY, OTHER_POLICY])
def test_a_real_answer_is_a_stamp(authority: Authority, policy: str) -> None:
    """It says the time, whose certificate it was, and its number; openssl believes it, too."""
    response = authority.answer(question(NOTE, 7, policy))
    stamped = check(response, NOTE, authority.certificates, Demand(7, policy))
    assert stamped.authority == authority.certificates[0].fingerprint(SHA256())
    assert stamped.serial > 0
    text = openssl(authority, response, "-text")
    assert "Status: Granted." in text
    (authority.folder / "note").write_bytes(NOTE)
    words = ["openssl", "ts", "-verify", "-data", "note", "-in", "shown", "-CAfile", "chain.pem"]
    assert b"Verification: OK" in subprocess.run(words, cwd=authority.folder, check=True, capture_output=True).stdout


def openssl(authority: Authority, response: bytes, *options: str) -> str:
    """What openssl says about an answer."""
    (authority.folder / "shown").write_bytes(response)
    words = ["openssl", "ts", "-reply", "-in", "shown", *options]
    return subprocess.run(words, cwd=authority.folder, check=True, capture_output=True, text=True).stdout


def test_an_answer_about_anything_else_is_none(authority: Authority, stranger: Authority, expired: Authority) -> None:
    """Other bytes, another question, another policy, another or an expired authority: each by name; the control passes."""
    response = authority.answer(question(NOTE, 7))
    assert flaw(response, authority, asked=Demand(7, POLICY)) is None
    assert flaw(response, authority, NOTE + b"\n") is Flaw.OTHER_NOTE
    assert flaw(response, authority, asked=Demand(8)) is Flaw.OTHER_NONCE
    assert flaw(response, authority, asked=Demand(7, OTHER_POLICY)) is Flaw.OTHER_POLICY
    assert flaw(response, stranger) is Flaw.OTHER_AUTHORITY
    assert flaw(expired.answer(question(NOTE, 7)), expired) is Flaw.NOT_VALID_THEN


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other nonce", Flaw.OTHER_NONCE),
        ("other note", Flaw.OTHER_NOTE),
        ("refused", Flaw.REFUSED),
        ("garbage", Flaw.NOT_AN_ANSWER),
        ("empty", Flaw.NOT_AN_ANSWER),
        ("too large", Flaw.NOT_AN_ANSWER),
    ],
)
def test_a_faulty_authority_is_found_out(authority: Authority, name: str, expected: Flaw) -> None:
    """Whatever comes, there is a name for it and nothing else happens."""
    assert flaw(FAULTY[name](authority, question(NOTE, 6)), authority, asked=Demand(6)) is expected


def test_a_refusal_that_says_it_is_granted_is_none(authority: Authority) -> None:
    """The library panics over an answer without a token: that is a flaw like any other."""
    refused = authority.answer(b"no question")
    at = refused.index(b"\x02\x01\x02")
    assert flaw(refused[: at + 2] + b"\x00" + refused[at + 3 :], authority) is Flaw.NOT_AN_ANSWER


def test_only_a_certificate_for_stamps_stamps(tmp_path: Path) -> None:
    """RFC 3161 2.3: that purpose, critical, and no other beside it."""
    both = (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    other = found(tmp_path / "other", "Other", purposes=both)
    good = found(tmp_path / "good", "Good")
    assert not stamp.stamps(other.certificates[0])
    assert not stamp.stamps(good.certificates[1])
    assert stamp.stamps(good.certificates[0])


def test_a_signature_by_another_key_is_none(authority: Authority, stranger: Authority) -> None:
    """A certificate with the trusted one's issuer and number is not enough: its root must have issued it."""
    response = authority.answer(question(NOTE, 7))
    own, other_root = authority.certificates[0], stranger.certificates[1]
    with pytest.raises(NoStamp) as error:
        check(response, NOTE, [own, other_root])
    assert error.value.flaw is Flaw.NOT_SIGNED
    with pytest.raises(NoStamp):
        check(response, NOTE, [own])


def test_every_changed_byte_of_a_stamp_is_a_flaw_but_where_nothing_is_said(authority: Authority) -> None:
    """What the signature does not cover says nothing: two version numbers and the signature method's name.

    Where those bytes are changed the log says so: the `stamped` entry has the digest of the whole answer.
    """
    response = authority.answer(question(NOTE, 7))
    whole = check(response, NOTE, authority.certificates)
    silent = set()
    for at in range(len(response)):
        try:
            changed = check(
                response[:at] + bytes([response[at] ^ 1]) + response[at + 1 :], NOTE, authority.certificates
            )
        except NoStamp:
            continue
        assert changed == whole
        silent.add(at)
    assert len(silent) <= 10
    assert 0 not in silent


def test_without_the_library_nothing_is_said(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither believed nor doubted: the step is skipped by name."""
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "rfc3161_client":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(Unchecked):
        check(b"", NOTE, authority.certificates)


def test_what_is_no_fault_of_the_answer_is_not_hidden() -> None:
    """An interrupt is no flaw of a stamp."""
    with pytest.raises(KeyboardInterrupt), stamp._faulty(Flaw.NOT_AN_ANSWER):
        raise KeyboardInterrupt
