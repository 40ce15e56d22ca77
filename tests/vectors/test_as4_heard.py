"""What the doctor hears in other products' answers is what stands in them."""

from typing import Any

import pytest

from gateway.onboarding.heard import heard
from tests.vectors.recorded import body, rows

NAMES = {"eb:Messaging": "Messaging", "S12:Body": "Body"}


@pytest.mark.parametrize("row", rows("application/soap+xml"))
def test_recorded_signals_are_heard_as_they_were_signed(row: dict[str, Any]) -> None:
    """Receipts and errors of Domibus, phase4, Holodeck: what their signature leaves out is named, and nothing else."""
    if row["kind"] not in ("Receipt", "Error"):
        return
    said = heard(body(row), row["content_type"])
    assert said is not None
    covered = set((row["algorithms"] or {}).get("signed") or [])
    expected = {name for name, part in NAMES.items() if covered and part not in covered}
    assert (said.signed, set(said.uncovered)) == (bool(covered), expected)
    assert said.signal.receipt is (row["kind"] == "Receipt")
