"""The published errors are one whole table."""

from gateway.core.errors import BY_CODE, ErrorCode
from gateway.core.published import FAILURE, ROWS, WARNING

TABLE = """
0001 failure Content ebms
0002 warning Content ebms
0003 failure Content ebms
0004 failure Content ebms
0005 failure Communication ebms
0006 warning Communication ebms
0007 failure Unpackaging ebms
0008 failure Unpackaging ebms
0009 failure Unpackaging ebms
0010 failure Processing ebms
0011 failure Content ebms
0101 failure Processing security
0102 failure Processing security
0103 failure Processing security
0201 failure Processing reliability
0202 failure Communication reliability
0301 failure Communication
0302 failure Communication
0303 failure Communication
"""


def test_every_published_code_is_a_row() -> None:
    """Of the catalogue, and nothing besides."""
    assert list(ROWS) == [code for code in BY_CODE if code.startswith("EBMS:")]
    assert {code.ebms for code in ErrorCode} <= set(ROWS)


def test_rows_are_as_published() -> None:
    """Severity, category and origin of ebMS 3.0 6.7.1 to 6.7.3 and AS4 1.0 3.5; 4001 is phase4's own."""
    expected = {f"EBMS:{row.split()[0]}": row.split()[1:] for row in TABLE.strip().splitlines()}

    assert {
        code: list(filter(None, (row.severity, row.category, row.origin)))
        for code, row in ROWS.items()
        if code != "EBMS:4001"
    } == expected


def test_every_row_says_when_it_is_written_and_what_it_means() -> None:
    """For the reference; only two are warnings."""
    assert [code for code, row in ROWS.items() if not (row.answered and row.met)] == []
    assert {row.severity for row in ROWS.values()} == {FAILURE, WARNING}
