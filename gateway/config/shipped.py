"""Where the files that come with the program are: in the installed package, or in the source tree."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
SOURCES = {"samples": "tests/agreements"}


def shipped(name: str) -> Path:
    """The folder of that name: xsd, config or samples."""
    installed = PACKAGE / "shipped" / name
    return installed if installed.is_dir() else PACKAGE.parent / SOURCES.get(name, name)
