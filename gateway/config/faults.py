"""The operator's mistakes: file, key, what is wrong, what was expected."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One mistake in one place."""

    file: Path
    key: str
    problem: str

    def __str__(self) -> str:
        """As it is shown: file: key: problem."""
        return f"{self.file}: {self.key}: {self.problem}" if self.key else f"{self.file}: {self.problem}"


class ConfigError(Exception):
    """The configuration cannot be used: carries every fault found."""

    def __init__(self, *faults: ConfigFault) -> None:
        """Keep the faults in the order they were found."""
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Faults:
    """Collects faults, so that one start names them all."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self.found: list[ConfigFault] = []

    def add(self, file: Path, key: str, problem: str) -> None:
        """One more."""
        self.found.append(ConfigFault(file, key, problem))

    def stop(self) -> None:
        """Raise what was found, if anything was."""
        if self.found:
            raise ConfigError(*self.found)
