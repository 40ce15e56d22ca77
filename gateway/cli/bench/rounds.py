"""The interleaved run: in every round and size each subject in turn, so that the machine's moods hit all alike."""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from gateway.cli.bench.documents import Pool
from gateway.cli.bench.load import Order, Taken
from gateway.cli.bench.process import BenchError, Process
from gateway.cli.bench.signing import Security
from gateway.cli.bench.subjects import Subject, Wanted

WARM_UP = 300  # posts to every subject before the first round
LOOK_EVERY = 0.02
STUCK = 120.0  # seconds without an end


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, how often and how hard."""

    sizes: tuple[int, ...]  # KB
    rounds: int
    seconds: float
    concurrency: int
    wanted: tuple[Wanted, ...] = ((False, Security.EC), (True, Security.EC))
    beside: str = "floor"  # or alone: what the gateway is compared with


@dataclass(frozen=True, slots=True)
class Round:
    """One subject's numbers of one round at one size."""

    number: int
    size: int
    subject: str
    delivers: bool
    security: str
    bytes: int
    messages: int
    seconds: float  # end to end: until the last one is delivered
    cpu: float  # µs per message, all processes and threads of the subject
    accept_p50: float  # ms
    accept_p99: float
    delivery_p50: float  # ms; nan on the accept path
    delivery_p99: float
    memory: float  # MB at the peak, all processes of the subject

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def segments(plan: Plan) -> int:
    """How many steps `rounds` tells its `progress`."""
    return 2 * len(plan.wanted) * (1 + plan.rounds * len(plan.sizes))


def rounds(
    plan: Plan, pools: Sequence[Pool], subjects: Sequence[Subject], load: Process, progress: Callable[[str], None]
) -> Iterator[Round]:
    """Every measured segment, after a warm-up."""
    for subject in subjects:
        progress("warming up")
        _warm(subject, pools[0], load, WARM_UP)
    for number in range(1, plan.rounds + 1):
        for pool in pools:
            for subject in subjects:
                kind = "deliver" if subject.delivers else "accept"
                progress(f"round {number}, {pool.size} KB, {subject.name} {kind}, {subject.security}")
                _warm(subject, pool, load, plan.concurrency)  # idle connections may have been closed
                yield _segment(number, plan, pool, subject, load)


def _warm(subject: Subject, pool: Pool, load: Process, posts: int) -> None:
    _post(subject, Order(subject.target, str(pool.folder), posts=posts), load)
    _wait_delivered(subject)
    _wait_logged(subject)


def _segment(number: int, plan: Plan, pool: Pool, subject: Subject, load: Process) -> Round:
    before, last, got = _cpu(subject), subject.books[0].last(), subject.books[-1].last()
    for process in subject.processes:
        process.forget_peak()
    start = time.perf_counter()
    taken = _post(subject, Order(subject.target, str(pool.folder), seconds=plan.seconds), load)
    _wait_delivered(subject)
    seconds = time.perf_counter() - start if subject.delivers else taken.seconds
    _wait_logged(subject)
    used, messages = _cpu(subject) - before, len(taken.latencies)
    if not messages or subject.books[-1].last() - got != messages:
        raise BenchError(f"{subject.name}: {messages} messages accepted, {subject.books[-1].last() - got} arrived")
    delivery = subject.books[0].latencies(last) if subject.delivers else []
    return Round(
        number,
        pool.size,
        subject.name,
        subject.delivers,
        subject.security.value,
        pool.mean,
        messages,
        seconds,
        used / messages * 1e6,
        _quantile(taken.latencies, 0.5),
        _quantile(taken.latencies, 0.99),
        _quantile(delivery, 0.5),
        _quantile(delivery, 0.99),
        sum(process.peak() for process in subject.processes),
    )


def _post(subject: Subject, order: Order, load: Process) -> Taken:
    """What came of the order; anything but 202 is no measurement."""
    taken = Taken(**json.loads(load.ask(json.dumps(asdict(order)))))
    if taken.refused:
        raise BenchError(f"{subject.name} did not accept: {taken.refused}")
    return taken


def _wait_delivered(subject: Subject) -> None:
    if subject.delivers:
        _wait(subject, subject.books[0].undelivered)


def _wait_logged(subject: Subject) -> None:
    """Work that was put off is this segment's, too."""
    for book in subject.books:
        _wait(subject, book.unlogged)


def _wait(subject: Subject, left: Callable[[], int]) -> None:
    end = time.monotonic() + STUCK
    while left():
        for process in subject.processes:
            process.require_alive()
        if time.monotonic() > end:
            raise BenchError(f"{subject.name}: {left()} still not done after {STUCK:.0f} s")
        time.sleep(LOOK_EVERY)


def _cpu(subject: Subject) -> float:
    return sum(process.cpu() for process in subject.processes)


def _quantile(seconds: Sequence[float], at: float) -> float:
    """Milliseconds."""
    if not seconds:
        return math.nan
    return sorted(seconds)[min(len(seconds) - 1, int(at * len(seconds)))] * 1e3
