"""Runs checks on evidence in memory."""

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from gateway.core.evidence.checks.run import check_file, check_log
from gateway.core.evidence.container import Container
from gateway.core.evidence.finding import Finding, Report, State, Step, Verdict
from gateway.core.evidence.trust import Trust
from tests.core.evidence.filing import TRUST


@dataclass(frozen=True)
class Held:
    """Members that are in memory, as a folder has them."""

    contents: Mapping[str, bytes]

    def names(self) -> Collection[str]:
        """Of all of them."""
        return self.contents.keys()

    def size(self, name: str) -> int:
        """Of one."""
        return len(self.contents[name])

    def pieces(self, name: str) -> Iterator[bytes]:
        """Of one, in two."""
        yield self.contents[name][:100]
        yield self.contents[name][100:]

    def crc(self, _: str) -> None:
        """Nothing says it."""


def checked(content: bytes, trust: Trust | None = TRUST) -> Verdict:
    """What a verifier finds in a file."""
    report = Report()
    check_file(Container.of(io.BytesIO(content)), trust, report)
    return report.verdict()


def logged(contents: Mapping[str, bytes], trust: Trust | None = TRUST) -> Verdict:
    """What a verifier finds in a log's folder."""
    report = Report()
    check_log(Held(contents), trust, report)
    return report.verdict()


def faults(verdict: Verdict) -> list[tuple[Step, str]]:
    """Where something is wrong, by step."""
    return [(each.step, each.where) for each in verdict.of(State.FAULT)]


def texts(verdict: Verdict, state: State) -> list[str]:
    """What is said in that state."""
    return [each.text for each in verdict.of(state)]


def the(verdict: Verdict, state: State) -> Finding:
    """The one finding of that state."""
    (found,) = verdict.of(state)
    return found
