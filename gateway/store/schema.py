"""The tables, as numbered migrations; times are UTC microseconds, digests are bytes.

`STRICT` and `BLOB` are SQLite's words; a PostgreSQL store replaces them (BYTEA, BIGINT).
"""

from gateway.store.schema_evidence import APPEND_ONLY_EVIDENCE, EVIDENCE
from gateway.store.schema_retention import RETENTION

MIGRATIONS: tuple[str, ...] = (
    """
    -- A small body stands in its row, a large one in chunks. staged_at > 0: written ahead of the commit that will
    -- refer to it; swept if none does.
    CREATE TABLE bodies (id INTEGER PRIMARY KEY, staged_at INTEGER NOT NULL, data BLOB) STRICT;
    CREATE INDEX bodies_staged ON bodies (staged_at) WHERE staged_at > 0;
    CREATE TABLE chunks (
        body INTEGER NOT NULL REFERENCES bodies (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (body, position)
    ) STRICT;

    CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        edge TEXT NOT NULL,                 -- national: goes out; partner: came in
        submission_id TEXT NOT NULL,        -- what the producer names it by; shared by the recipients of one request
        message_id TEXT NOT NULL,
        conversation_id TEXT NOT NULL,
        ref_to_message_id TEXT NOT NULL,
        sender TEXT NOT NULL,
        recipient TEXT NOT NULL,
        system TEXT NOT NULL,               -- the national system that posted it, or whose inbox it is in
        agreement TEXT NOT NULL,
        service TEXT NOT NULL,
        type TEXT NOT NULL,
        purpose TEXT NOT NULL,
        environment TEXT NOT NULL,
        priority INTEGER NOT NULL,
        digest_in BLOB NOT NULL,            -- salted
        digest_out BLOB NOT NULL,
        removed TEXT NOT NULL,              -- JSON: rule, path, count
        entry INTEGER NOT NULL REFERENCES log_entries (id),
        timestamp INTEGER NOT NULL,
        deadline INTEGER NOT NULL
    ) STRICT;
    -- Unique by the id memory. Most messages are their own submission and their own conversation.
    CREATE INDEX messages_id ON messages (message_id);
    CREATE INDEX messages_submission ON messages (submission_id) WHERE submission_id <> message_id;
    CREATE INDEX messages_conversation ON messages (conversation_id) WHERE conversation_id <> message_id;
    CREATE TABLE payloads (
        message INTEGER NOT NULL REFERENCES messages (id),
        position INTEGER NOT NULL,
        cid TEXT NOT NULL,
        media_type TEXT NOT NULL,
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        size INTEGER NOT NULL,              -- uncompressed
        packed_size INTEGER NOT NULL,
        body INTEGER NOT NULL REFERENCES bodies (id),
        PRIMARY KEY (message, position)
    ) STRICT;
    CREATE INDEX payloads_body ON payloads (body);
    CREATE TABLE business_ids (
        message INTEGER NOT NULL REFERENCES messages (id),
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (value, name, message)
    ) STRICT, WITHOUT ROWID;

    -- The id memory outlives the messages, so that a repeat gets its old answer for years.
    CREATE TABLE ids (
        key BLOB PRIMARY KEY,               -- edge, sender, MessageId
        content BLOB NOT NULL,              -- salted digest of what makes a repeat the same
        status INTEGER NOT NULL,
        content_type TEXT NOT NULL,
        answer BLOB NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;

    -- The queue. No "sending" state: an attempt and the time of the next one are committed before it is made.
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES messages (id),
        kind TEXT NOT NULL,                 -- partner: AS4; push: webhook with the message; notice: webhook about it
        target TEXT NOT NULL,
        priority INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt_at INTEGER NOT NULL,
        deadline INTEGER NOT NULL,
        content_type TEXT NOT NULL DEFAULT '',
        pack BLOB,                          -- the SOAP part as first sent, or a notice's text
        code TEXT NOT NULL DEFAULT '',      -- what the last attempt met
        detail TEXT NOT NULL DEFAULT '',
        receipt BLOB,
        settled_at INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX deliveries_due ON deliveries (target, priority, id) WHERE state = 'queued';
    CREATE INDEX deliveries_deadline ON deliveries (deadline) WHERE state IN ('queued', 'held');
    CREATE INDEX deliveries_message ON deliveries (message);
    -- A target that fails as a whole gets one probe at a time.
    CREATE TABLE gates (
        target TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        next_attempt_at INTEGER NOT NULL,
        code TEXT NOT NULL,
        since INTEGER NOT NULL,
        probe INTEGER NOT NULL DEFAULT 0    -- the delivery whose attempt is the probe under way
    ) STRICT;

    CREATE TABLE inbox (
        id INTEGER PRIMARY KEY REFERENCES messages (id),
        system TEXT NOT NULL,
        priority INTEGER NOT NULL,
        lease TEXT NOT NULL DEFAULT '',
        lease_until INTEGER NOT NULL DEFAULT 0,
        reads INTEGER NOT NULL DEFAULT 0,
        arrived_at INTEGER NOT NULL,
        acknowledged_at INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX inbox_ready ON inbox (system, priority, id) WHERE acknowledged_at = 0;

    -- The delivery log: entries commit with their message; the sequencer numbers them into the tree afterwards.
    CREATE TABLE log_entries (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        body BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX log_entries_message ON log_entries (message_id) WHERE message_id <> '';
    CREATE TABLE log_pending (entry INTEGER PRIMARY KEY REFERENCES log_entries (id)) STRICT;
    CREATE TABLE log_leaves (
        position INTEGER PRIMARY KEY,       -- leaf index in the tree
        entry INTEGER NOT NULL UNIQUE REFERENCES log_entries (id),
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE log_heads (
        size INTEGER PRIMARY KEY,
        root BLOB NOT NULL,
        frontier BLOB NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    """,
    "ALTER TABLE messages ADD COLUMN version TEXT NOT NULL DEFAULT ''",  # of the message type
    """
    -- A transaction has the number of the message that opened it; every other message of it names that number.
    ALTER TABLE messages ADD COLUMN opening INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE messages ADD COLUMN step TEXT NOT NULL DEFAULT '';  -- the event that it was there
    CREATE INDEX messages_opening ON messages (opening) WHERE opening > 0;
    CREATE TABLE transactions (
        id INTEGER PRIMARY KEY REFERENCES messages (id),
        partner TEXT NOT NULL,
        role TEXT NOT NULL,                 -- initiator, responder
        regulation TEXT NOT NULL,           -- JSON: what was agreed when it was opened
        state TEXT NOT NULL,
        since INTEGER NOT NULL,
        seen TEXT NOT NULL,                 -- the events that happened
        due INTEGER NOT NULL,               -- when the timer that runs now passes; 0: none runs
        late_at INTEGER NOT NULL,
        owed TEXT NOT NULL,                 -- the signal that this gateway has to send
        tell TEXT NOT NULL DEFAULT '',      -- the event that the national system has to hear of
        code TEXT NOT NULL,
        document TEXT NOT NULL,             -- business id of the first message
        answer TEXT NOT NULL DEFAULT '',    -- MessageId of the answer
        answer_document TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX transactions_due ON transactions (due) WHERE due > 0;
    CREATE INDEX transactions_owed ON transactions (id) WHERE owed <> '' OR tell <> '';
    """,
    """
    -- Which redaction key the salts of a remembered message come from: a repeat is compared under the same key.
    ALTER TABLE ids ADD COLUMN redaction_key TEXT NOT NULL DEFAULT '';
    CREATE TABLE redaction_keys (id TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT;
    """,
    """
    -- Order per movement: of the rows with one target and lane, only the first that is not settled is queued.
    ALTER TABLE deliveries ADD COLUMN lane TEXT NOT NULL DEFAULT '';
    CREATE INDEX deliveries_lane ON deliveries (target, lane, id)
        WHERE lane <> '' AND state NOT IN ('delivered', 'dropped');
    DROP INDEX deliveries_deadline;
    CREATE INDEX deliveries_deadline ON deliveries (deadline) WHERE state IN ('queued', 'waiting', 'held');
    ALTER TABLE inbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
    ALTER TABLE inbox ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;  -- 1: an earlier item of its movement is not taken over
    CREATE INDEX inbox_lane ON inbox (system, lane, id) WHERE lane <> '' AND acknowledged_at = 0;
    """,
    """
    -- A lease passes by none of the items behind others; what is late is found among any number of transactions.
    DROP INDEX inbox_ready;
    CREATE INDEX inbox_ready ON inbox (system, behind, priority, id) WHERE acknowledged_at = 0;
    CREATE INDEX transactions_late ON transactions (id) WHERE late_at > 0;
    """,
    """
    -- WS-Security: a signature covers the gzip bytes. A pack is kept with what it was secured by and its content key.
    -- Only what may still be signed is read: an archive of years is not.
    ALTER TABLE payloads ADD COLUMN packed_digest BLOB NOT NULL DEFAULT x'';
    UPDATE payloads SET packed_digest = (
        SELECT digest_of(data) FROM (
            SELECT data FROM (
                SELECT -1 AS position, data FROM bodies WHERE id = payloads.body AND data IS NOT NULL
                UNION ALL SELECT position, data FROM chunks WHERE body = payloads.body)
            ORDER BY position))
    WHERE message IN (SELECT message FROM deliveries WHERE kind = 'partner' AND state <> 'delivered');
    ALTER TABLE deliveries ADD COLUMN secured TEXT NOT NULL DEFAULT '';
    ALTER TABLE deliveries ADD COLUMN content_key BLOB NOT NULL DEFAULT x'';  -- empty: not encrypted
    """,
    """
    -- Message and part properties as JSON: name, value, type; in their order.
    ALTER TABLE messages ADD COLUMN properties TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE payloads ADD COLUMN properties TEXT NOT NULL DEFAULT '[]';
    """,
    EVIDENCE + RETENTION,
)

APPEND_ONLY = ("log_entries", "log_leaves", "log_heads", *APPEND_ONLY_EVIDENCE)

# The tree is the protection; these only stop mistakes.
APPEND_ONLY_TRIGGER = """
    CREATE TRIGGER IF NOT EXISTS {table}_{verb}_refused BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
