"""One target under atheris: `python -m tests.fuzz.guided TARGET SECONDS [libFuzzer options]`; see tests/fuzz/run."""

import sys
from random import Random

import atheris  # type: ignore[import-not-found]  # in an environment of its own: tests/fuzz/run makes it

with atheris.instrument_imports(include=["gateway.core"]):
    from tests.fuzz.targets import TARGETS

LARGEST = 20_000  # bytes: the seeds have about three thousand


def main() -> None:
    """Runs until the time is over or something is found: then the input is kept in a file."""
    name, seconds, *options = sys.argv[1:]
    target = TARGETS[name]

    def changed(data: bytes, largest: int, seed: int) -> bytes:
        """Now and then a seed again, else what was found so far; changed as its structure allows, or blindly."""
        dice = Random(seed)  # noqa: S311 - repeatable, not secret
        start = data if len(data) > 1 and dice.random() < 0.9 else dice.choice(target.seeds())
        way = target.change if dice.random() < 0.7 else lambda given, _: bytes(atheris.Mutate(given, largest))
        return way(start, dice)[:largest]

    limits = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=20", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, *options], target.run, custom_mutator=changed)
    atheris.Fuzz()


main()
