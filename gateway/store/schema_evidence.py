"""The tables that make the delivery log evidence: checkpoints, partners' logs, numbers, stamps, envelopes."""

EVIDENCE = """
    -- What the configuration was is found among any number of entries.
    CREATE INDEX log_entries_standing ON log_entries (id) WHERE kind IN ('started', 'reloaded');
    -- A head's checkpoint commits with its leaves; heads from before checkpoints have none.
    ALTER TABLE log_heads ADD COLUMN note BLOB NOT NULL DEFAULT x'';
    -- Roots of the complete subtrees of 256^level leaves, level 1 and up; level 0 stands in log_leaves.
    CREATE TABLE log_nodes (
        level INTEGER NOT NULL,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, number)
    ) STRICT, WITHOUT ROWID;
    -- Partners' signature lines under our checkpoints.
    CREATE TABLE cosignatures (
        size INTEGER NOT NULL REFERENCES log_heads (size),
        party TEXT NOT NULL,
        line TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (size, party)
    ) STRICT;
    CREATE TABLE stamps (
        size INTEGER NOT NULL REFERENCES log_heads (size),
        at INTEGER NOT NULL,                -- the authority's time
        kept_at INTEGER NOT NULL,           -- ours
        response BLOB NOT NULL,             -- RFC 3161
        PRIMARY KEY (size, at)
    ) STRICT;
    -- One row while there is an authority.
    CREATE TABLE stamping (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        since INTEGER NOT NULL,             -- the time without a stamp counts from here
        missing INTEGER NOT NULL DEFAULT 0  -- 1: the outage is in the log
    ) STRICT;

    -- What our witness last cosigned of each log: nothing smaller, nothing else, ever.
    CREATE TABLE peer_heads (
        party TEXT NOT NULL,
        origin TEXT NOT NULL,
        size INTEGER NOT NULL,
        root BLOB NOT NULL,
        note BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (party, origin)
    ) STRICT;
    -- Checkpoints that came with messages, as they came; of those that agree with what was cosigned the newest stays.
    CREATE TABLE peer_seen (
        party TEXT NOT NULL,
        digest BLOB NOT NULL,               -- SHA-256 of the note
        note BLOB NOT NULL,
        at INTEGER NOT NULL,
        state TEXT NOT NULL,                -- new, consistent, wrong, disputed
        origin TEXT NOT NULL DEFAULT '',    -- known once it was checked
        size INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (party, digest)
    ) STRICT;
    CREATE INDEX peer_seen_new ON peer_seen (party, at) WHERE state = 'new';
    CREATE TABLE peer_disputes (
        id INTEGER PRIMARY KEY,
        party TEXT NOT NULL,
        kind TEXT NOT NULL,                 -- equivocation: proof of fraud; inconsistent: none by itself
        first BLOB NOT NULL,
        second BLOB NOT NULL,
        proof BLOB NOT NULL,                -- what joins trees of two sizes
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX peer_disputes_party ON peer_disputes (party, id);
    -- What an operator has settled: the disputes up to that one, which stay.
    CREATE TABLE peer_settlements (
        party TEXT NOT NULL,
        upto INTEGER NOT NULL REFERENCES peer_disputes (id),
        who TEXT NOT NULL,
        why TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (party, upto)
    ) STRICT;

    -- Numbers of the messages to each partner, given with the first attempt.
    ALTER TABLE deliveries ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX messages_day ON messages (timestamp) WHERE edge = 'national';
    CREATE TABLE sequences (
        party TEXT PRIMARY KEY,
        last INTEGER NOT NULL,
        since INTEGER NOT NULL              -- timestamp of the first numbered message
    ) STRICT;
    -- Numbers of deliveries that were given up: told to the partner.
    CREATE TABLE voids (
        party TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        why TEXT NOT NULL,                  -- the delivery's last state
        at INTEGER NOT NULL,
        announced_at INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (party, sequence)
    ) STRICT;
    CREATE INDEX voids_untold ON voids (party, sequence) WHERE announced_at = 0;
    -- Numbers that partners gave: the highest seen, what came under each, what they say will not come.
    CREATE TABLE peer_sequences (
        party TEXT PRIMARY KEY,
        highest INTEGER NOT NULL,
        since INTEGER NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE arrivals (
        party TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        kind TEXT NOT NULL,                 -- accepted, turned-down (receipted), refused
        type TEXT NOT NULL,
        timestamp INTEGER NOT NULL,         -- the message's own
        digest BLOB NOT NULL,               -- of all payloads as they came; empty where they are not kept so
        checked BLOB NOT NULL,              -- the same under a redaction key: confirms what the sender says, and no guess
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (party, sequence, message_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX arrivals_first ON arrivals (party, sequence, at);  -- however many come under one number
    CREATE INDEX arrivals_day ON arrivals (party, timestamp);
    CREATE TABLE peer_voids (
        party TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        why TEXT NOT NULL,
        at INTEGER NOT NULL,                -- when it was heard
        PRIMARY KEY (party, sequence)
    ) STRICT, WITHOUT ROWID;
    -- Numbers below the highest that neither came nor are void, as ranges. An alarmed one that came is closed, then told.
    CREATE TABLE gaps (
        party TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        since INTEGER NOT NULL,
        alarmed_at INTEGER NOT NULL DEFAULT 0,
        closed_at INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (party, first)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX gaps_untold ON gaps (party, since) WHERE alarmed_at = 0;
    CREATE INDEX gaps_closed ON gaps (closed_at) WHERE closed_at > 0;
    -- A number under which two messages came.
    CREATE TABLE reused_numbers (
        party TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        message_id TEXT NOT NULL,           -- of the second
        told_at INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (party, sequence, message_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reused_untold ON reused_numbers (told_at) WHERE told_at = 0;
    CREATE TABLE reconciliations (
        party TEXT NOT NULL,
        day INTEGER NOT NULL,               -- UTC, since 1970
        state TEXT NOT NULL,                -- open, reconciled, differs
        note BLOB NOT NULL,                 -- the agreed text with both signatures
        marks TEXT NOT NULL,                -- what the partner's list said of digests: none of them
        differences BLOB NOT NULL,          -- signed by us
        tried_at INTEGER NOT NULL,
        PRIMARY KEY (party, day)
    ) STRICT;

    -- The SOAP part of a partner's message that was not stripped on arrival: its signature stays checkable.
    CREATE TABLE envelopes (message INTEGER PRIMARY KEY REFERENCES messages (id), soap BLOB NOT NULL) STRICT;
    ALTER TABLE messages ADD COLUMN purged_at INTEGER NOT NULL DEFAULT 0;
"""

APPEND_ONLY_EVIDENCE = ("log_nodes", "cosignatures", "stamps", "peer_disputes", "peer_settlements")
