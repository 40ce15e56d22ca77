"""The tables of keeping and removing: proposals, what they chose, and what still waits for a message."""

RETENTION = """
    -- Removal of what was kept long enough. Its payloads then name the body 0, which is made with the first removal.
    ALTER TABLE messages ADD COLUMN purged_in INTEGER NOT NULL DEFAULT 0;  -- the log entry that says so
    CREATE INDEX business_ids_message ON business_ids (message);
    CREATE TABLE purges (
        id INTEGER PRIMARY KEY,
        agreement TEXT NOT NULL,            -- as asked for; empty: all
        terms TEXT NOT NULL,                -- JSON: AgreementRef, the moment before which messages may go
        drafted_at INTEGER NOT NULL,
        messages INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL DEFAULT 0,
        digest BLOB NOT NULL DEFAULT x'',   -- over the chosen messages
        proposed_by TEXT NOT NULL DEFAULT '',
        proposed_as TEXT NOT NULL DEFAULT '',
        proposed_at INTEGER NOT NULL DEFAULT 0,
        approved_by TEXT NOT NULL DEFAULT '',
        approved_as TEXT NOT NULL DEFAULT '',
        approved_at INTEGER NOT NULL DEFAULT 0,
        archives INTEGER NOT NULL DEFAULT 0,  -- 1: only what is in an archive may go
        archive TEXT NOT NULL DEFAULT '',   -- SHA-256 of each archive that was written
        purged INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        done_at INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    -- The messages of a proposal that have not gone yet.
    CREATE TABLE purge_messages (
        purge INTEGER NOT NULL REFERENCES purges (id),
        message INTEGER NOT NULL REFERENCES messages (id),
        archived INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (purge, message)
    ) STRICT, WITHOUT ROWID;
    -- What still waits for a message: as long as something does, it is kept.
    CREATE VIEW retained AS
    SELECT m.id, m.message_id, m.agreement, m.type, m.purged_at, e.at, l.position AS leaf,
        (SELECT coalesce(sum(p.packed_size), 0) FROM payloads p WHERE p.message = m.id AND p.body > 0) AS size,
        CASE
            WHEN l.position IS NULL THEN 'log'
            WHEN EXISTS (SELECT 1 FROM deliveries d
                WHERE d.message = m.id AND d.state IN ('queued', 'waiting', 'held')) THEN 'delivery'
            WHEN EXISTS (SELECT 1 FROM inbox i WHERE i.id = m.id AND i.acknowledged_at = 0) THEN 'inbox'
            WHEN EXISTS (SELECT 1 FROM transactions t
                WHERE t.id = CASE WHEN m.opening > 0 THEN m.opening ELSE m.id END
                    AND (t.state IN ('opened', 'received', 'processing', 'answered', 'answer-received', 'settling')
                        OR t.due > 0 OR t.owed <> '' OR t.tell <> '')) THEN 'transaction'
            ELSE ''
        END AS open
    FROM messages m JOIN log_entries e ON e.id = m.entry LEFT JOIN log_leaves l ON l.entry = m.entry;
    """
