"""A verifier checks an ASiC-E container, the bundle in it, and whose XAdES signature is over it."""

import builtins
import io
import sys
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.attest import attest
from gateway.core.evidence import asice
from gateway.core.evidence.container import Container, measured, whole
from gateway.core.evidence.finding import Result, State, Step
from tests.core.evidence.checking import checked, faults, texts
from tests.core.evidence.filing import BY, KZ, SIGNERS, TRUST, filed, written

INNER = written(filed())


def made(inner: bytes = INNER, signed: bytes = INNER, party: str = KZ) -> bytes:
    """The bundle in a container, and the party's signature over what was signed."""
    digest = measured(whole(signed)).digest
    signatures = attest({asice.BUNDLE: digest}, SIGNERS[party], "2026-11-21T12:00:00Z")
    target = io.BytesIO()
    asice.write(target, signatures, (measured(whole(inner)), whole(inner)))
    return target.getvalue()


def test_a_container_and_its_bundle_are_verified() -> None:
    """Every step but stamps, of which there are none; who signed when is said."""
    verdict = checked(made())
    assert verdict.result is Result.VERIFIED
    assert [step for step, state in verdict.steps().items() if state is None] == [Step.STAMPS]
    assert "KZ.KGD signed this bundle, on 2026-11-21T12:00:00.000Z by its own clock" in texts(verdict, State.PROVEN)[-1]


def test_without_trust_nobody_has_signed() -> None:
    """Whose certificate it is, is not known."""
    for trust in (None, replace(TRUST, parties=None)):
        verdict = checked(made(), trust)
        assert verdict.result is Result.PARTLY
        assert Step.XADES in {each.step for each in verdict.of(State.SKIPPED)}


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (made(signed=b"other"), [(Step.XADES, asice.SIGNATURES)]),
        (made(party=BY), [(Step.XADES, asice.SIGNATURES)]),
        (made(INNER[:-1], INNER[:-1]), [(Step.CONTAINER, "the file")]),
        (made() + b"x", [(Step.CONTAINER, "the ASiC-E container")] * 2 + [(Step.XADES, asice.SIGNATURES)]),
    ],
    ids=["another", "somebody-else", "bundle", "behind"],
)
def test_what_is_wrong_with_it_is_found(content: bytes, where: list[tuple[Step, str]]) -> None:
    """With the signature, in the bundle, around it."""
    assert faults(checked(content)) == where


def test_a_container_without_a_bundle_has_faults() -> None:
    """And the check ends in order."""
    target = io.BytesIO()
    asice.write(target, b"", (measured(whole(b"")), whole(b"")))
    content = target.getvalue()
    steps = {step for step, _ in faults(checked(content))}
    assert {Step.CONTAINER, Step.INDEX, Step.CHECKPOINTS, Step.XADES} <= steps
    found = Container.of(io.BytesIO(content))
    assert asice.inner(replace(found, entries={})).read() == b""


def test_without_the_library_the_signature_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name; the bundle is checked all the same."""
    imported: Any = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "gateway.core.evidence" and "xades" in (rest[2] or ()):
            raise ImportError(name)
        return imported(name, *rest)

    content = made()
    monkeypatch.delitem(sys.modules, "gateway.core.evidence.xades")
    monkeypatch.setattr(builtins, "__import__", missing)
    verdict = checked(content)
    assert verdict.result is Result.PARTLY
    assert [each.step for each in verdict.of(State.SKIPPED)] == [Step.XADES]
