"""The benchmark's documents: of one size, each with its own business id and its own movement."""

import re
from pathlib import Path

from gateway.cli.bench.documents import RESTRICTED_EVERY, Pool

IDS = (re.compile(rb":EDocId>([^<]+)"), re.compile(rb":CustomsDocumentId>([^<]+)"))


def test_no_document_waits_for_another(tmp_path: Path) -> None:
    """Ids and declarations differ, sizes do not: what is ordered by movement runs side by side."""
    count = RESTRICTED_EVERY * 2
    Pool.write(tmp_path / "pool", 10, count)
    documents = [path.read_bytes() for path in sorted((tmp_path / "pool").iterdir())]
    for pattern in IDS:
        assert len({pattern.findall(document)[0] for document in documents}) == count
    assert len({len(document) for document in documents}) == len({"with a restricted field", "without"})
