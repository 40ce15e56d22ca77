"""Some thousand changed messages a parser in every run of the tests; `tests/fuzz/run` looks for longer, guided by coverage."""

import re
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core import mime
from tests.fuzz.targets import TARGETS

SUITE = settings(
    max_examples=1500, deadline=timedelta(seconds=20), suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # the library says more of a certificate than it must
@pytest.mark.parametrize("name", TARGETS)
@SUITE
@given(st.integers(0, 2**32), st.integers(0, 7))
def test_a_changed_message_is_taken_or_refused(name: str, seed: int, which: int) -> None:
    """No exception but a refusal, whatever bytes or elements are removed, doubled, moved or written over (1-2 s each)."""
    target, dice = TARGETS[name], Random(seed)  # noqa: S311 - repeatable, not secret
    seeds = target.seeds()

    target.run(target.change(seeds[which % len(seeds)], dice))


@pytest.mark.parametrize("name", TARGETS)
@SUITE
@given(st.binary(max_size=400))
def test_any_bytes_are_taken_or_refused(name: str, data: bytes) -> None:
    """Also what no message ever began with."""
    TARGETS[name].run(data)


def test_a_reader_whose_pieces_differ_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: of steps of 1 to 23 bytes some cut a boundary."""
    (seed, *_) = TARGETS["mime"].seeds()
    TARGETS["mime"].run(seed)

    monkeypatch.setattr(mime, "UNDECIDED", re.compile(rb"(?!)"))
    with pytest.raises(AssertionError):
        _run_with_every_step(seed)


def _run_with_every_step(seed: bytes) -> None:
    """The step of a cut depends on the length."""
    for more in range(23):
        TARGETS["mime"].run(seed + b"x" * more)
