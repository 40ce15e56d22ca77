"""Durations and sizes as people write them."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

DURATION = re.compile(r"(\d+) (second|minute|hour|day|week|year)s?")
SIZE = re.compile(r"(\d+) (B|KB|MB|GB)")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "year": 365 * 86400}
BYTES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


def duration(text: object) -> timedelta:
    """«90 seconds», «72 hours», «5 years» (365 days each)."""
    found = DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        message = "expected a duration like «30 seconds», «72 hours», «5 years»"
        raise ValueError(message)
    try:
        return timedelta(seconds=int(found[1]) * SECONDS[found[2]])
    except OverflowError:
        raise ValueError("longer than any duration can be") from None


def size(text: object) -> int:
    """«256 KB», «20 MB»: powers of 1024."""
    found = SIZE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        message = "expected a size like «256 KB», «20 MB»"
        raise ValueError(message)
    return int(found[1]) * BYTES[found[2]]


Duration = Annotated[timedelta, BeforeValidator(duration)]
Size = Annotated[int, BeforeValidator(size)]
