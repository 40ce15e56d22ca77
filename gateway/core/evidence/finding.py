"""What a check comes to: steps, what was found at each, and what follows from all of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from gateway.core.evidence.note import Malformed


class Step(IntEnum):
    """The numbered steps of a check; not every kind of evidence has each."""

    CONTAINER = 1
    INDEX = 2
    CHECKPOINTS = 3
    COSIGNATURES = 4
    CONSISTENCY = 5
    LEAVES = 6
    STAMPS = 7
    MESSAGES = 8
    REDACTION = 9
    XADES = 10


TITLES: Mapping[Step, str] = {
    Step.CONTAINER: "the file is in its one form",
    Step.INDEX: "the index is signed and lists every member",
    Step.CHECKPOINTS: "the log signed its checkpoints",
    Step.COSIGNATURES: "others saw the same log",
    Step.CONSISTENCY: "each checkpoint continues the one before",
    Step.LEAVES: "the entries are in the log",
    Step.STAMPS: "time stamps",
    Step.MESSAGES: "messages, signatures and receipts",
    Step.REDACTION: "restricted fields that were removed",
    Step.XADES: "XAdES signature",
}


class State(StrEnum):
    """What a finding is."""

    OK = "ok"
    FAULT = "fault"
    SKIPPED = "skipped"  # it could not be checked here: the whole is at most partly verified
    PROVEN = "proven"  # a plain sentence for readers
    UNPROVEN = "not proven"  # nothing is wrong, but nobody can conclude this


class Result(StrEnum):
    """What all findings come to."""

    VERIFIED = "verified"
    FAULTS = "faults"
    PARTLY = "partly verified"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    step: Step
    state: State
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every finding of a check."""

    findings: tuple[Finding, ...]

    @property
    def result(self) -> Result:
        """A fault outweighs everything; what was skipped outweighs what is well."""
        states = {each.state for each in self.findings}
        if State.FAULT in states:
            return Result.FAULTS
        return Result.PARTLY if State.SKIPPED in states else Result.VERIFIED

    def of(self, state: State) -> list[Finding]:
        """The findings of that state, in the order of the steps."""
        return sorted((each for each in self.findings if each.state is state), key=lambda each: each.step)

    def steps(self) -> dict[Step, State | None]:
        """Each step and what it came to; None where there was nothing of its kind."""
        found = {step: {each.state for each in self.findings if each.step is step} for step in Step}
        return {step: next((state for state in WORST if state in states), None) for step, states in found.items()}


_CALLED = re.compile(r"[\w.@:/+=~#%&!*-]+", re.ASCII)


def called(name: str) -> str:
    """The name as a sentence has it: one that could be read as more of the sentence stands in quotation marks, in ASCII."""
    return name if _CALLED.fullmatch(name) else json.dumps(name)


WORST = (State.FAULT, State.SKIPPED, State.OK)


@dataclass(slots=True)
class Report:
    """Collects findings while steps are taken; a fault stops none of them."""

    findings: list[Finding] = field(default_factory=list)
    trusted: bool = True  # whether anybody but the evidence itself says whose keys count

    def ok(self, step: Step, where: str, text: str) -> None:
        """It is as it must be."""
        self.findings.append(Finding(step, State.OK, where, text))

    def fault(self, step: Step, where: str, text: str) -> None:
        """It is not."""
        self.findings.append(Finding(step, State.FAULT, where, text))

    def skip(self, step: Step, where: str, why: str) -> None:
        """It could not be looked at, for this reason."""
        self.findings.append(Finding(step, State.SKIPPED, where, why))

    def proven(self, step: Step, where: str, text: str) -> None:
        """A plain sentence about what follows; from keys that nobody vouches for, nothing does."""
        if self.trusted:
            self.findings.append(Finding(step, State.PROVEN, where, text))
        else:
            self.unproven(step, where, f"{text}: if the keys that the evidence itself names are theirs")

    def unproven(self, step: Step, where: str, text: str) -> None:
        """A plain sentence about what nobody may conclude."""
        self.findings.append(Finding(step, State.UNPROVEN, where, text))

    def guarded(self, step: Step, where: str) -> "Guard":
        """What is Malformed inside is a fault, and the check goes on behind it."""
        return Guard(self, step, where)

    def faults(self) -> int:
        """How many there are so far."""
        return sum(each.state is State.FAULT for each in self.findings)

    def verdict(self) -> Verdict:
        """All of them."""
        return Verdict(tuple(self.findings))


@dataclass(frozen=True, slots=True)
class Guard:
    """Where it is left by Malformed, the report has a fault more."""

    report: Report
    step: Step
    where: str

    def __enter__(self) -> None:
        """Nothing is wrong yet."""

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, _: object) -> bool:
        """Malformed is told and goes no further."""
        if not isinstance(flaw, Malformed):
            return False
        self.report.fault(self.step, self.where, str(flaw))
        return True
