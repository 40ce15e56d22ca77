"""Whether a bundle is about what its index says (part of step 2)."""

from collections.abc import Sequence

from gateway.core.evidence.bundle import Kind, Subject
from gateway.core.evidence.checks.leaves import Book
from gateway.core.evidence.facts import MessageFacts
from gateway.core.evidence.finding import Report, Step, called

IDS = {Kind.MESSAGE: "message_id", Kind.CONVERSATION: "conversation_id"}


def check_subject(subject: Subject, messages: Sequence[MessageFacts], book: Book, report: Report) -> None:
    """Something about it is there, and no other message or conversation; an empty archive is said to be one."""
    told = f"{subject.kind} {called(subject.value)}"
    name = IDS.get(subject.kind)
    others = [each for each in messages if name and _line(getattr(each, name)) != _line(subject.value)]
    if others:
        report.fault(Step.INDEX, "index", f"it is about {told}; {called(others[0].message_id)} is a message of another")
    refused = subject.kind is Kind.MESSAGE and _line(subject.value) in map(_line, book.by_message)
    if messages or refused:
        return
    if subject.kind is Kind.ARCHIVE:
        report.unproven(Step.INDEX, "index", f"anything about messages: {told} holds none")
    else:
        report.fault(Step.INDEX, "index", f"it is about {told}, and nothing here is")


def _line(value: str) -> str:
    """As an index has it: in one line."""
    return " ".join(value.split())
