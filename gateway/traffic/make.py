"""Makes traffic: conversations begin one after another, their messages come in order of time, nothing is kept."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from gateway.traffic import faults, restricted
from gateway.traffic.conversations import CONVERSATIONS, LARGE, MIX, NOTHING, Step
from gateway.traffic.dice import Dice
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import draw
from gateway.traffic.namespaces import NAMESPACES
from gateway.traffic.node import STYLES, written
from gateway.traffic.sample import REFUSED, Sample

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
PARTIES = ("KZ.KGD", "BY.GTK")
SMALLEST_LARGE = 100_000  # bytes
CORRECTED_AFTER = (20, 900)  # seconds from a refusal to the corrected message


@dataclass(frozen=True, slots=True)
class Plan:
    """What traffic is wanted."""

    seed: str = "1"
    messages: int = 1_000
    days: float = 1.0  # within which the conversations begin
    parties: tuple[str, ...] = PARTIES
    mix: Mapping[str, int] = field(default_factory=lambda: MIX)
    invalid: float = 0.05
    restricted: float = 0.3
    large: float = 0.005
    largest: int = 3_000_000  # bytes
    start: datetime = START


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A message that is still to be written: all that is kept of a conversation under way."""

    at: float
    conversation: int
    line: int
    last: int  # lines of the conversation that are wanted


@dataclass(frozen=True, slots=True)
class Line:
    """One posting of a conversation: a step, or the faulty version before it."""

    step: int
    number: int  # which of several alike
    at: float  # seconds from the beginning of the conversation
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is drawn: the same whenever it is drawn again."""

    kind: str
    began: float
    parties: tuple[str, str]
    lines: tuple[Line, ...]
    size: int


def make(plan: Plan) -> Iterator[Sample]:
    """Every message in order of time; only the places of conversations under way are in memory."""
    due: list[Due] = []
    left, number = plan.messages, 0
    while left or due:
        conversation = _conversation(plan, number) if left else None
        while due and (conversation is None or due[0].at <= conversation.began):
            yield from _next(plan, due)
        if conversation is not None:
            wanted = min(left, len(conversation.lines))
            heapq.heappush(due, Due(conversation.began, number, 0, wanted))
            left, number = left - wanted, number + 1


def _next(plan: Plan, due: list[Due]) -> Iterator[Sample]:
    """The earliest message; the one after it in its conversation is due now."""
    now = heapq.heappop(due)
    conversation = _conversation(plan, now.conversation)
    if now.line + 1 < now.last:
        then = conversation.began + conversation.lines[now.line + 1].at
        heapq.heappush(due, replace(now, at=then, line=now.line + 1))
    yield _sample(plan, conversation, now)


def _conversation(plan: Plan, number: int) -> Conversation:
    """The conversation of that number; it begins within its own share of the time."""
    dice = Dice(plan.seed, number)
    kind = dice.weighted(tuple((weight, name) for name, weight in plan.mix.items()))
    first, second = dice.some(plan.parties, 2)
    size = _large(plan, dice) if kind in LARGE and dice.chance(plan.large) else 0
    share = plan.days * 86_400 * _messages_each(plan.mix) / plan.messages
    began = round((number + dice.below(1_000) / 1_000) * share, 3)
    return Conversation(kind, began, (first, second), tuple(_lines(plan, CONVERSATIONS[kind], dice)), size)


def _large(plan: Plan, dice: Dice) -> int:
    """Small ones among the large are more frequent: halving until chance stops it."""
    most = plan.largest
    while most > 2 * SMALLEST_LARGE and dice.chance(0.7):
        most //= 2
    return dice.between(max(SMALLEST_LARGE, most // 2), most) if most > SMALLEST_LARGE else most


def _messages_each(mix: Mapping[str, int]) -> float:
    """Messages of a conversation on the average."""
    counts = {name: sum(sum(step.times) / 2 for step in CONVERSATIONS[name]) for name in mix}
    return sum(counts[name] * weight for name, weight in mix.items()) / sum(mix.values())


def _lines(plan: Plan, steps: tuple[Step, ...], dice: Dice) -> Iterator[Line]:
    at, taken = 0.0, {NOTHING}
    for index, step in enumerate(steps):
        count = dice.between(*step.times) if step.answers in taken else 0  # what was not asked is not answered
        taken |= {index} if count else set()
        for number in range(count):
            at += dice.between(*step.after) + (dice.below(1_000) / 1_000 if index else 0)
            if dice.chance(plan.invalid):
                yield Line(index, number, round(at, 3), wrong=True)
                at += dice.between(*CORRECTED_AFTER)
            yield Line(index, number, round(at, 3))


def _sample(plan: Plan, conversation: Conversation, due: Due) -> Sample:
    line = conversation.lines[due.line]
    step = CONVERSATIONS[conversation.kind][line.step]
    dice = Dice(plan.seed, due.conversation, due.line)
    writer, reader = conversation.parties[step.writer], conversation.parties[1 - step.writer]
    began = plan.start + timedelta(seconds=int(conversation.began))
    facts = draw(conversation.parties, began, Dice(plan.seed, due.conversation, "facts"), conversation.size)
    names = _names(due.conversation, conversation.lines)
    answered = names.get((step.answers, 0), "")
    scene = Scene(
        facts,
        dice,
        plan.start + timedelta(seconds=int(due.at)),
        writer[:2],
        _document(plan, due.conversation, due.line),
        _document(plan, due.conversation, _place(conversation, step.answers)) if answered else "",
        line.number,
    )
    sample = Sample(
        name=f"{_movement(due.conversation)}-{due.line}",
        at=due.at,
        side=writer,
        to=(reader,),
        type=step.type,
        conversation=names.get((_opening(conversation.kind, line.step), 0)) or names[line.step, line.number],
        movement=_movement(due.conversation),
        answers=answered,
    )
    return _finished(plan, sample, scene, step, wrong=line.wrong)


def _finished(plan: Plan, sample: Sample, scene: Scene, step: Step, *, wrong: bool) -> Sample:
    """With its body and what must come of it."""
    root, style = step.build(scene), scene.dice.weighted(STYLES)
    if wrong:
        spoiled = faults.spoil(root, scene.dice)
        body = spoiled.damage(written(root, {**NAMESPACES, **spoiled.namespaces}, style))
        return replace(sample, body=body, outcome=REFUSED, faults=spoiled.faults, metadata=spoiled.metadata)
    removed: dict[str, int] = {}
    canaries: tuple[str, ...] = ()
    if scene.dice.chance(plan.restricted):
        members = {sample.side[:2], *(name[:2] for name in sample.to)}
        removed, canaries = restricted.put_in(root, scene, members)
    return replace(sample, body=written(root, NAMESPACES, style).encode(), removed=removed, canaries=canaries)


def _names(conversation: int, lines: tuple[Line, ...]) -> Mapping[tuple[int, int], str]:
    """Step and number ► the sample that carries it out."""
    return {
        (line.step, line.number): f"{_movement(conversation)}-{place}"
        for place, line in enumerate(lines)
        if not line.wrong
    }


def _opening(kind: str, step: int) -> int:
    """The step that opened the transaction; NOTHING where this one opens it itself."""
    before = CONVERSATIONS[kind][step].answers
    opened = NOTHING
    while before != NOTHING:
        opened, before = before, CONVERSATIONS[kind][before].answers
    return opened


def _place(conversation: Conversation, step: int) -> int:
    places = [place for place, line in enumerate(conversation.lines) if line.step == step and not line.wrong]
    return places[0] if places else NOTHING


def _document(plan: Plan, conversation: int, line: int) -> str:
    """The EDocId of a conversation's message."""
    return Dice(plan.seed, conversation, "document", line).uuid()


def _movement(conversation: int) -> str:
    return f"m{conversation:07}"
