"""The statements about partners' logs, and about what partners cosigned of ours."""

# Whoever keeps the log now: a party may have got another PartyId, and its log is the same.
WITNESSED = "SELECT size, root, note FROM peer_heads WHERE origin = :origin ORDER BY size DESC LIMIT 1"
WITNESS = """
    INSERT INTO peer_heads (party, origin, size, root, note, at) VALUES (:party, :origin, :size, :root, :note, :at)
    ON CONFLICT (party, origin) DO UPDATE SET size = :size, root = :root, note = :note, at = :at
"""
DISPUTE = """
    INSERT INTO peer_disputes (party, kind, first, second, proof, at)
    SELECT :party, :kind, :first, :second, :proof, :at WHERE NOT EXISTS (
        SELECT 1 FROM peer_disputes d WHERE d.party = :party AND d.kind = :kind AND d.first = :first
            AND d.id > (SELECT coalesce(max(upto), 0) FROM peer_settlements s WHERE s.party = :party))
    RETURNING id
"""
DISPUTES = """
    SELECT id, party, kind, first, second, proof, at,
        id <= (SELECT coalesce(max(upto), 0) FROM peer_settlements s WHERE s.party = d.party) AS settled
    FROM peer_disputes d WHERE party = :party ORDER BY id
"""
SETTLE = "INSERT INTO peer_settlements (party, upto, who, why, at) VALUES (:party, :upto, :who, :why, :at)"
# The proof stays; what came with messages is from now on compared with what was cosigned, not with the other history.
LET_GO = "UPDATE peer_seen SET state = 'disputed' WHERE party = :party AND state = 'consistent'"
SEE = """
    INSERT INTO peer_seen (party, digest, note, at, state) VALUES (:party, :digest, :note, :at, 'new')
    ON CONFLICT DO NOTHING
"""
UNCHECKED = """
    SELECT digest, note, at FROM peer_seen WHERE party = :party AND state = 'new' ORDER BY at LIMIT :limit
"""
CHECKED = """
    UPDATE peer_seen SET state = :state, origin = :origin, size = :size
    WHERE party = :party AND digest = :digest AND state = 'new'
"""
FORGET_SMALLER = """
    DELETE FROM peer_seen WHERE party = :party AND state = 'consistent' AND (origin, size) IN (
        SELECT origin, size FROM peer_seen s WHERE s.party = :party AND s.state = 'consistent' AND s.origin = :origin
            AND s.size < (SELECT max(size) FROM peer_seen m
                WHERE m.party = :party AND m.state = 'consistent' AND m.origin = :origin))
"""
FORGET_WRONG = """
    DELETE FROM peer_seen WHERE party = :party AND state = 'wrong' AND at < (
        SELECT at FROM peer_seen WHERE party = :party AND state = 'wrong' ORDER BY at DESC LIMIT 1 OFFSET :kept)
"""
NEWEST_SEEN = """
    SELECT note FROM peer_seen WHERE party = :party AND origin = :origin AND state = 'consistent'
    ORDER BY size DESC LIMIT 1
"""
COSIGN = """
    INSERT INTO cosignatures (size, party, line, at) VALUES (:size, :party, :line, :at) ON CONFLICT DO NOTHING
"""
LAST_COSIGNED = "SELECT coalesce(max(size), 0) FROM cosignatures WHERE party = :party"
PEER_HEADS = "SELECT party, origin, size, at FROM peer_heads ORDER BY party, at"
PEER_SEEN = "SELECT party, state, count(*) AS n, max(size) AS size FROM peer_seen GROUP BY party, state"
PEER_DISPUTES = """
    SELECT party, CASE WHEN id > (SELECT coalesce(max(upto), 0) FROM peer_settlements s WHERE s.party = d.party)
        THEN kind ELSE 'settled' END AS found, count(*) AS n
    FROM peer_disputes d GROUP BY party, found
"""
COSIGNERS = """
    SELECT c.party, c.size, c.at FROM cosignatures c
    WHERE c.size = (SELECT max(size) FROM cosignatures n WHERE n.party = c.party)
"""
