"""The access trail: who looked at which message, in the delivery log before it is shown."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.core.entry import entry
from gateway.core.message import Entry
from gateway.core.names import SECOND, Micros
from gateway.flow.ports import Clock, EntryStore

QUIET = Micros(600 * SECOND)  # the same look within this time is not written again
MOST = 100  # MessageIds of one entry
REMEMBERED = 100_000  # looks


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks by which request or command; of what is searched by, the names alone: values may be restricted."""

    who: str  # system:<id>, party:<id>, operator:<name>
    what: str
    filters: tuple[str, ...] = ()


class Trail:
    """Writes looks down, each once in a while."""

    def __init__(self, store: EntryStore, clock: Clock) -> None:
        """Nobody has looked yet."""
        self._store, self._clock = store, clock
        self._seen: OrderedDict[tuple[Look, str], Micros] = OrderedDict()  # the oldest first; a dict forgets it slowly

    async def looked(self, look: Look, message_ids: Iterable[str]) -> None:
        """It is durable that these messages were looked at; a search that found none is a look, too.

        To be awaited before anything is shown: what cannot be written down is not shown.
        """
        now = self._clock.now()
        named = list(dict.fromkeys(message_ids)) or ([""] if look.filters else [])
        self._forget(now)
        if fresh := [name for name in named if (look, name) not in self._seen]:
            await self._store.append(*self._entries(look, fresh, now))
            self._seen |= dict.fromkeys(((look, name) for name in fresh), now)

    def _entries(self, look: Look, names: Sequence[str], now: Micros) -> list[Entry]:
        pages = [names[at : at + MOST] for at in range(0, len(names), MOST)]
        return [leaf(look, page, now, self._clock.nonce()) for page in pages]

    def _forget(self, now: Micros) -> None:
        """Looks that are long ago, or too many, will be written again."""
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) <= REMEMBERED and now - self._seen[oldest] < QUIET:
                return
            self._seen.popitem(last=False)


def leaf(look: Look, names: Sequence[str], now: Micros, nonce: bytes) -> Entry:
    """One look at some messages; that at one alone is found by its id."""
    return entry(
        "looked",
        now,
        nonce,
        message_id=names[0] if len(names) == 1 else "",
        message_ids=names if len(names) > 1 else [],
        who=look.who,
        what=look.what,
        filters=sorted(look.filters),
        controls=["EA-3.5"],
    )
