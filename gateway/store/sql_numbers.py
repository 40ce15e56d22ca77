"""Statements about the numbers of messages to and from partners."""

# Ours
GIVE = """
    INSERT INTO sequences (party, last, since)
    VALUES (:party, 1, (SELECT m.timestamp FROM messages m WHERE m.id = :message))
    ON CONFLICT (party) DO UPDATE SET last = sequences.last + 1 RETURNING last
"""
NUMBER = "UPDATE deliveries SET sequence = :sequence WHERE id = :id AND sequence = 0"
NUMBERED = "SELECT target, sequence FROM deliveries WHERE id = :id AND kind = 'partner' AND sequence > 0"
VOID = """
    INSERT INTO voids (party, sequence, why, at) VALUES (:party, :sequence, :why, :at)
    ON CONFLICT (party, sequence) DO NOTHING
"""
STILL_COMING = "DELETE FROM voids WHERE party = :party AND sequence = :sequence AND announced_at = 0"
UNTOLD_VOIDS = """
    SELECT sequence, why, at FROM voids WHERE party = :party AND announced_at = 0 ORDER BY sequence LIMIT :limit
"""
TOLD_VOID = "UPDATE voids SET announced_at = :at WHERE party = :party AND sequence = :sequence AND announced_at = 0"

# Theirs
ANOTHER_CAME = """
    SELECT message_id FROM arrivals
    WHERE party = :party AND sequence = :sequence AND message_id <> :message_id ORDER BY at LIMIT 1
"""
ARRIVE = """
    INSERT INTO arrivals (party, sequence, message_id, kind, type, timestamp, digest, checked, key, at)
    VALUES (:party, :sequence, :message_id, :kind, :type, :timestamp, :digest, :checked, :key, :at)
    ON CONFLICT (party, sequence, message_id) DO UPDATE SET kind = :kind, type = :type, timestamp = :timestamp, digest = :digest,
        checked = :checked, key = :key, at = :at
    WHERE arrivals.kind = 'refused'
"""
REUSED = """
    INSERT INTO reused_numbers (party, sequence, message_id) VALUES (:party, :sequence, :message_id)
    ON CONFLICT (party, sequence, message_id) DO NOTHING
"""
UNTOLD_REUSES = """
    SELECT r.party, r.sequence, r.message_id, (
        SELECT a.message_id FROM arrivals a
        WHERE a.party = r.party AND a.sequence = r.sequence AND a.message_id <> r.message_id ORDER BY a.at LIMIT 1
    ) AS first
    FROM reused_numbers r WHERE r.told_at = 0 LIMIT 100
"""
TOLD_REUSE = """
    UPDATE reused_numbers SET told_at = :at
    WHERE party = :party AND sequence = :sequence AND message_id = :message_id AND told_at = 0
"""
HIGHEST = "SELECT highest FROM peer_sequences WHERE party = :party"
SEEN = """
    INSERT INTO peer_sequences (party, highest, since, at) VALUES (:party, :highest, :since, :at)
    ON CONFLICT (party) DO UPDATE SET highest = :highest, at = :at
"""
GAP_AROUND = """
    SELECT first, last, since, alarmed_at FROM (
        SELECT * FROM gaps WHERE party = :party AND first <= :sequence ORDER BY first DESC LIMIT 1)
    WHERE last >= :sequence AND closed_at = 0
"""
NO_GAP = "DELETE FROM gaps WHERE party = :party AND first = :first"
GAP = """
    INSERT INTO gaps (party, first, last, since, alarmed_at, closed_at)
    VALUES (:party, :first, :last, :since, :alarmed_at, :closed_at)
"""
GAPS_PAST = """
    SELECT party, first, last, since FROM gaps
    WHERE party = :party AND alarmed_at = 0 AND since <= :before ORDER BY since LIMIT 100
"""
ALARMED = """
    UPDATE gaps SET alarmed_at = :at
    WHERE party = :party AND first = :first AND last = :last AND alarmed_at = 0
"""
CLOSED_GAPS = "SELECT party, first, last, since, closed_at FROM gaps WHERE closed_at > 0 LIMIT 100"
FORGET_GAP = "DELETE FROM gaps WHERE party = :party AND first = :first AND closed_at > 0"
PEER_VOID = """
    INSERT INTO peer_voids (party, sequence, why, at) VALUES (:party, :sequence, :why, :at)
    ON CONFLICT (party, sequence) DO NOTHING
"""

# Days
FIRST_DAYS = """
    SELECT party, min(since) AS since FROM (
        SELECT party, since FROM sequences UNION ALL SELECT party, since FROM peer_sequences) GROUP BY party
"""
DELIVERED = """
    SELECT m.message_id, m.type, p.digest FROM messages m
    JOIN deliveries d ON d.message = m.id AND d.kind = 'partner' JOIN payloads p ON p.message = m.id
    WHERE m.edge = 'national' AND m.timestamp >= :since AND m.timestamp < :until
        AND d.target = :target AND d.state = 'delivered' AND d.sequence > 0 ORDER BY m.id, p.position
"""
CAME = """
    SELECT a.message_id, a.type, a.digest, a.checked, a.key FROM arrivals a
    WHERE a.party = :party AND a.timestamp >= :since AND a.timestamp < :until
        AND (a.kind = 'turned-down' OR a.kind = 'accepted' AND EXISTS (
            SELECT 1 FROM messages m WHERE m.message_id = a.message_id AND m.edge = 'partner' AND m.sender = a.party))
"""
RECONCILIATION = "SELECT * FROM reconciliations WHERE party = :party AND day = :day"
RECONCILIATIONS = """
    SELECT * FROM reconciliations
    WHERE (:party = '' OR party = :party) AND (:day = 0 OR day = :day) ORDER BY day DESC, party LIMIT :limit
"""
KEEP_RESULT = """
    INSERT INTO reconciliations (party, day, state, note, marks, differences, tried_at)
    VALUES (:party, :day, :state, :note, '', :differences, :tried_at)
    ON CONFLICT (party, day) DO UPDATE SET state = :state, note = :note, differences = :differences, tried_at = :tried_at
"""
KEEP_MARKS = """
    INSERT INTO reconciliations (party, day, state, note, marks, differences, tried_at)
    VALUES (:party, :day, 'open', x'', :marks, x'', 0) ON CONFLICT (party, day) DO UPDATE SET marks = :marks
"""

# Shown
PARTIES_NUMBERED = "SELECT party FROM sequences UNION SELECT party FROM peer_sequences ORDER BY party"
SUMMARY = """
    SELECT (SELECT last FROM sequences WHERE party = :party) AS given,
        (SELECT count(*) FROM voids WHERE party = :party) AS voids,
        (SELECT count(*) FROM voids WHERE party = :party AND announced_at = 0) AS untold,
        (SELECT highest FROM peer_sequences WHERE party = :party) AS seen,
        (SELECT at FROM peer_sequences WHERE party = :party) AS seen_at,
        (SELECT count(*) FROM peer_voids v WHERE party = :party AND NOT EXISTS (
            SELECT 1 FROM arrivals a WHERE a.party = v.party AND a.sequence = v.sequence)) AS their_voids
"""
OPEN_GAPS = (
    "SELECT first, last, since, alarmed_at FROM gaps WHERE party = :party AND closed_at = 0 ORDER BY first LIMIT 100"
)
