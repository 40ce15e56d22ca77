"""A sample: one message, which side posts it when, and what must come of it; and the files in which samples lie."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ACCEPTED, REFUSED = "accepted", "refused"
FORMAT = "gateway-traffic/1"
LINES = "traffic.jsonl"
INLINE = 64 * 1024  # characters; longer bodies, and those that are not UTF-8, have a file


class TrafficError(ValueError):
    """A traffic file that cannot be read; says which line and why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One document, what is stated with it, where it stands in the traffic, and what must come of it."""

    name: str
    body: bytes = b""
    at: float = 0.0  # seconds from the beginning of the traffic
    side: str = ""  # PartyId of the gateway to which it is posted; empty: whichever there is
    to: tuple[str, ...] = ()
    type: str = ""
    conversation: str = ""
    movement: str = ""
    answers: str = ""  # the sample to which it is a response
    metadata: Mapping[str, str] = field(default_factory=dict)
    outcome: str = ACCEPTED
    faults: list[dict[str, Any]] = field(default_factory=list)
    removed: Mapping[str, int] = field(default_factory=dict)
    canaries: tuple[str, ...] = ()
    file: Path | None = None  # where the body is read from when it is needed

    def content(self) -> bytes:
        """The document's bytes."""
        return self.file.read_bytes() if self.file else self.body


def read(path: Path) -> Iterator[Sample]:
    """The samples of a file, a folder, or a folder of traffic, in order; bodies in files are not read yet."""
    lines = path / LINES if path.is_dir() else path
    if lines.suffix == ".jsonl" and lines.is_file():
        yield from _lines(lines)
        return
    for file in sorted(path.rglob("*.xml")) if path.is_dir() else [path]:
        yield _beside(file)


def _beside(file: Path) -> Sample:
    """A document with a sidecar; without one it must be accepted unchanged."""
    sidecar = file.with_suffix(".json")
    expected = json.loads(sidecar.read_text()) if sidecar.exists() else {}
    return _sample({**expected, "name": file.stem}, file)


def _lines(file: Path) -> Iterator[Sample]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = _row(line, file, number)
            if number == 1:
                if row.get("format") != FORMAT:
                    raise TrafficError(f"{file}: line 1: expected format {FORMAT}")
                continue
            body = row.pop("file", "")
            yield _sample(row, file.parent / body if body else None)


def _row(line: str, file: Path, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TrafficError(f"{file}: line {number}: expected a JSON object")
    return found


def _sample(row: Mapping[str, Any], file: Path | None) -> Sample:
    return Sample(
        name=row["name"],
        body=row.get("body", "").encode(),
        at=row.get("at", 0.0),
        side=row.get("side", ""),
        to=tuple(row.get("to", ())),
        type=row.get("type", ""),
        conversation=row.get("conversation", ""),
        movement=row.get("movement", ""),
        answers=row.get("answers", ""),
        metadata=row.get("metadata", {}),
        outcome=row.get("outcome", ACCEPTED),
        faults=row.get("faults", []),
        removed=row.get("removed", {}),
        canaries=tuple(row.get("canaries", ())),
        file=file,
    )


class Writer:
    """A folder of traffic being written; nothing is held in memory."""

    def __init__(self, folder: Path, **about: object) -> None:
        """The folder is there, and says what it is."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lines = (folder / LINES).open("w", encoding="utf-8", newline="\n")
        self._line({"format": FORMAT, **about})

    def __enter__(self) -> Self:
        """Write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The file is whole."""
        self._lines.close()

    def add(self, sample: Sample) -> None:
        """One more message."""
        self._line(_fields(self._folder, sample))

    def _line(self, row: Mapping[str, object]) -> None:
        self._lines.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def _fields(folder: Path, sample: Sample) -> dict[str, object]:
    """What the line says: only fields that say something."""
    content = sample.content()
    row = {key: value for key, value in asdict(sample).items() if value and key not in ("body", "file")}
    row |= {"name": sample.name, "at": sample.at}
    if text := _text(content):
        return row | {"body": text}
    (folder / "bodies").mkdir(exist_ok=True)
    (folder / "bodies" / f"{sample.name}.xml").write_bytes(content)
    return row | {"file": f"bodies/{sample.name}.xml"}


def _text(content: bytes) -> str:
    """The body as a line can carry it; empty where it needs a file."""
    if len(content) > INLINE:
        return ""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return ""
