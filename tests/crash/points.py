"""Where the store can be cut off: every method that writes, with its rows or with the test that has them."""

from typing import Any

from gateway.store.sqlite import SqliteStore
from tests.town import Town

# Every method of the store that writes. A new one without rows here fails `test_every_write_point_is_listed`.
SENDER_WRITES = ("add", "append", "lease", "keep_pack", "settle", "sequence")
RECEIVER_WRITES = ("add", "append", "lease_items", "count_read", "acknowledge", "sequence")
PURGE_WRITES = (
    "draft", "choose", "propose", "approve", "remove", "finish", "sweep_removed", "give_back", "forget_journal",
)  # fmt: skip
ARCHIVE_WRITES = ("demand_archives", "archived", "restore")
OTHERS = {
    "pass_timer": "a transaction's timer (test_a_crash_of_the_keeper_repeats_and_forgets_no_step)",
    "fulfil": "a signal that was owed (test_a_crash_of_the_keeper_repeats_and_forgets_no_step)",
    "pull": "a lease by the partner (test_a_crash_while_a_message_is_pulled_loses_and_repeats_nothing)",
    "close_gate": "how long a partner is not pulled from (test_a_crash_while_a_gate_is_kept_loses_nothing)",
    "open_gate": "the partner can be pulled from again (the same)",
    "turn_down": "a faulty content (test_a_crash_while_a_content_is_turned_down_tells_it_once)",
    "grow": "nodes of an older log (tests/crash/test_sequencing.py)",
    "refuse": "a refusal and its number (tests/crash/test_numbers.py)",
    "told_voids": "void numbers that the partner acknowledged (the same)",
    "hear_voids": "a partner's void numbers (the same)",
    "alarm_gap": "a partner's missing numbers (the same)",
    "forget_gap": "a missing number that came (the same)",
    "told_reuse": "a number that came twice (the same)",
    "keep_marks": "what is remembered of a partner's list of a day (the same)",
    "keep_day": "the result of comparing a day (the same)",
    "renew": "lengthens a lease; a lost renewal is a shorter lease (tests/flow/test_delivery.py)",
    "renew_item": "lengthens an inbox lease (tests/api)",
    "move": "an operator's verb (test_an_operators_verb_is_applied_with_its_entry_or_not_at_all)",
    "keep_key": "notes a redaction key before the first message under it; again at every start (tests/api/test_keys.py)",
    "sweep": "removes what nothing refers to (tests/store)",
    "sweep_all": "the same at the start (tests/store)",
    "stage": "a chunk nothing refers to yet (tests/flow/test_upload.py, tests/e2e/test_large.py)",
    "witness": "what was cosigned of a partner's log (tests/crash/test_witness.py)",
    "keep_cosignature": "a partner's signature under our checkpoint (the same)",
    "checked": "what was found out about a checkpoint that came with a message (the same)",
    "settle_disputes": "an operator's word about disputes (the same)",
    "release": "lets what nothing refers to be swept sooner (tests/flow/test_upload.py)",
    "begin_stamping": "since when stamps are awaited (tests/stamps/test_crash.py)",
    "end_stamping": "stamps are awaited no more (tests/stamps/test_crash.py)",
    "keep_stamp": "a stamp with its entry (tests/stamps/test_crash.py)",
    "miss_stamp": "an outage with its entry (tests/stamps/test_crash.py)",
    **dict.fromkeys(PURGE_WRITES, "what was kept for the agreed time goes (tests/crash/test_retention.py)"),
    **dict.fromkeys(ARCHIVE_WRITES, "it is archived first, and put back (the same)"),
}
READS = {
    "find", "overdue", "gate", "inbox", "ready", "item", "submission", "deliveries", "entries_of", "messages",
    "leaves", "lost_entries", "lost_messages", "stored", "pieces", "entries", "entry_counts",
    "delivery_counts", "admit", "keys_missed", "transactions", "transaction_messages",
    "overdue_transactions", "owing", "start", "close", "exchanged", "refusals", "sent", "gates", "conversation", "head", "newest_head", "tiles", "leaf",
    "cosignatures", "stamps_of", "stamping", "last_standing", "stamps",
    "exhibited", "entries_about", "checkpoints_from", "content",
    "landmarks", "newest_cosigned", "leaves_from",
    "unchecked", "known", "last_cosigned", "partner_logs", "disputes",
    "on_commit", "anchor", "last_size", "each_head", "uncovered", "nodes", "waiting", "cosigned", "lost_payloads", "lost_deliveries", "delivered", "envelopes",
    "due", "old", "chosen", "purge", "purges", "unarchived", "accepted_at",
    "untold_voids", "gaps_past", "closed_gaps", "reused_numbers", "numbers",
    "first_days", "sent_on", "came_on", "day_with", "days_with",
}  # fmt: skip


class Crash(Exception):  # noqa: N818 - it is not an error of the program
    """The process ends here."""


class Faulty:
    """A store whose next call of one method ends in a crash: before it did anything, or after it did all."""

    def __init__(self, store: SqliteStore, method: str, *, applied: bool, nth: int = 1) -> None:
        """Let everything through until the nth call of the method."""
        self._store, self._method, self._applied, self._left = store, method, applied, nth
        self.crashed = False

    def __getattr__(self, name: str) -> Any:
        """The store's own attribute, or the crash."""
        found = getattr(self._store, name)
        return self._crash(found) if name == self._method and not self.crashed else found

    def _crash(self, call: Any) -> Any:
        async def crashing(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left:
                return await call(*args, **kwargs)
            self.crashed = True
            if self._applied:
                await call(*args, **kwargs)
            raise Crash

        return crashing


def failing(town: Town, party: str, method: str, *, applied: bool, nth: int = 1) -> list[Faulty]:
    """The party's store, whenever it is opened from now on, crashes at the nth call of that method; the stores that were opened."""
    made: list[Faulty] = []

    def wrap(store: SqliteStore) -> Faulty:
        made.append(Faulty(store, method, applied=applied, nth=nth))
        return made[-1]

    town.wraps[party] = wrap
    return made
