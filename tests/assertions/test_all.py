"""Each of the 69 published assertions is shown here, or says why it cannot apply."""

import re
from pathlib import Path

import pytest

from tests.vectors.recorded import ASSERTIONS, MISSING

GROUPS = {
    "CP": (46, {41}),
    "4CT": (3, set()),
    "SBDH": (2, set()),
    "DR": (4, set()),
    "DS": (3, set()),
    "ENTSOG": (12, set()),
}
IDS = {
    f"AS4_{group}_TA{number:02}"
    for group, (last, gaps) in GROUPS.items()
    for number in range(1, last + 1)
    if number not in gaps
}
SMP = "receivers are configured, not discovered: which service may get what is decided by treaty, never looked up (EA-4.1)"
GAS = "a code of the European gas market"
NOT_APPLICABLE = {
    "AS4_CP_TA27": "documents are agreed as UTF-8; the producer of another encoding is told (test_core)",
    "AS4_SBDH_TA02": "what a document says about its attachments is the agreement's schema and rules; none has an SBDH",
    "AS4_DS_TA01": SMP,
    "AS4_DS_TA02": SMP,
    "AS4_DS_TA03": SMP,
    "AS4_ENTSOG_TA02": f"{GAS}: PartyIds are EIC codes",
    "AS4_ENTSOG_TA03": f"{GAS}: the form of EIC codes",
    "AS4_ENTSOG_TA04": f"{GAS}: the type of EDIG@S services",
    "AS4_ENTSOG_TA05": f"{GAS}: EDIG@S process codes",
    "AS4_ENTSOG_TA06": f"{GAS}: one action for all EDIG@S documents",
    "AS4_ENTSOG_TA07": f"{GAS}: the EDIG@S document type as a part property",
}


def shown() -> set[str]:
    """The ids of which there is a test."""
    texts = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    return {match.upper() for match in re.findall(r"def test_(as4_[a-z0-9]+_ta\d\d)_(?!instead)", texts)}


def test_every_assertion_is_shown_or_says_why_not() -> None:
    """One or the other, and no other ids."""
    assert len(IDS) == 69
    assert shown() | NOT_APPLICABLE.keys() == IDS
    assert shown() & NOT_APPLICABLE.keys() == set()


@pytest.mark.skipif(not ASSERTIONS.is_file(), reason=MISSING)
def test_the_ids_are_the_published_ones() -> None:
    """Where their list is at hand."""
    assert set(re.findall(r"^AS4_\w+_TA\d\d", ASSERTIONS.read_text(), re.MULTILINE)) == IDS
