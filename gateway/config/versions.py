"""Versions of message types: each stands once, its days make sense, and no more than two are in force on a day (EA-4.3)."""

from datetime import date
from pathlib import Path

from gateway.config.faults import Faults
from gateway.config.models import AgreementFile, MessageSection

LIVE = 2  # as ICS2: the old version and the new one, never a third


def first_day(section: MessageSection, file: AgreementFile) -> date:
    """The first day of a type's version: its own, or the agreement's."""
    return section.valid_from or file.valid_from


def check(path: Path, file: AgreementFile, faults: Faults) -> None:
    """Every version that stands twice, ends before it begins, or is a third one on its first day is a fault."""
    for number, section in enumerate(file.message, 1):
        key, earlier = f"message[{number}]", file.message[: number - 1]
        if any(section.root == other.root or _named(section) == _named(other) for other in earlier):
            faults.add(path, f"{key}.type", f"{section.type} {section.version} or its root stands twice")
        day = first_day(section, file)
        if section.valid_until is not None and section.valid_until < day:
            faults.add(path, f"{key}.valid_until", "lies before the first day of this version")
        live = [other.version for other in file.message if other.type == section.type and _in_force(other, file, day)]
        if len(live) > LIVE:
            problem = (
                f"{section.type} has {len(live)} versions in force on {day}: {', '.join(live)}; at most {LIVE} may be"
            )
            faults.add(path, f"{key}.valid_from", problem)


def _named(section: MessageSection) -> tuple[str, str]:
    return section.type, section.version


def _in_force(section: MessageSection, file: AgreementFile, day: date) -> bool:
    return first_day(section, file) <= day and (section.valid_until is None or day <= section.valid_until)
