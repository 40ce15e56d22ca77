"""How commands show results."""

import pytest

from gateway.cli.output import show


def test_a_cell_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither brackets nor words between colons, as XPaths and URNs have them, are taken for styles and pictures."""
    show([{"path": "a[@id]", "urn": "urn:x:y"}], ["path", "urn"], as_json=False)
    said = capsys.readouterr().out
    assert "a[@id]" in said
    assert "urn:x:y" in said
