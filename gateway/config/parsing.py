"""A TOML file as its model: every mistake named with file and key."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.config.faults import Faults
from gateway.core.rules.kinds import KINDS

M = TypeVar("M", bound=BaseModel)


def parse(path: Path, model: type[M], faults: Faults) -> M | None:
    """The file as its model; None where it is faulty, with every fault collected."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return model.model_validate(found)
    except OSError as error:
        faults.add(path, "", f"cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.add(path, "", f"not TOML: {error}")
    except ValidationError as error:
        for row in error.errors(include_input=False, include_url=False):
            faults.add(path, _key_name(row["loc"]), row["msg"])
    return None


def _key_name(location: Iterable[Any]) -> str:
    """A pydantic location as it reads in TOML: message[2].restricted[1].path."""
    key = ""
    for step in location:
        if isinstance(step, int):
            key += f"[{step + 1}]"
        elif not (key.endswith("]") and step in KINDS):  # a rule's kind is no key
            key += f".{step}"
    return key.removeprefix(".")
