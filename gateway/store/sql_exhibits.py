"""The statements of what is exported as evidence."""

KEEP_ENVELOPE = "INSERT INTO envelopes (message, soap) VALUES (:message, :soap)"
ENVELOPE = "SELECT soap FROM envelopes WHERE message = :message"
EXHIBITED = {
    "message": """
        SELECT * FROM messages WHERE message_id = :value
        UNION SELECT * FROM messages WHERE submission_id = :value AND submission_id <> message_id ORDER BY id LIMIT :limit
    """,
    "conversation": """
        SELECT * FROM messages WHERE message_id = :value AND conversation_id = :value
        UNION SELECT * FROM messages WHERE conversation_id = :value AND conversation_id <> message_id ORDER BY id LIMIT :limit
    """,
    "archive": """
        SELECT m.* FROM json_each(:value) c JOIN messages m ON m.id = c.value ORDER BY m.id LIMIT :limit
    """,
    "movement": """
        SELECT m.* FROM business_ids b JOIN messages m ON m.id = b.message
        WHERE b.value = :value AND b.name = :name ORDER BY m.id LIMIT :limit
    """,
}
SENT_TO_PARTNER = """
    SELECT target, state, attempts, pack, receipt, settled_at FROM deliveries
    WHERE message = :message AND kind = 'partner' ORDER BY id LIMIT 1
"""
ENTRIES_ABOUT = """
    SELECT e.id, l.position, e.kind, e.at, e.message_id, e.body FROM log_entries e
    LEFT JOIN log_leaves l ON l.entry = e.id WHERE e.message_id = :message_id AND e.message_id <> '' ORDER BY e.id
"""
COVERING = """
    SELECT size, root, at, note FROM log_heads WHERE size >= :size AND note <> x'' ORDER BY size LIMIT 1
"""
COSIGNED = """
    SELECT h.size, h.root, h.at, h.note FROM cosignatures c JOIN log_heads h ON h.size = c.size
    WHERE c.size >= :size AND h.note <> x'' ORDER BY c.size LIMIT 1
"""
STAMPED = """
    SELECT h.size, h.root, h.at, h.note FROM stamps s JOIN log_heads h ON h.size = s.size
    WHERE s.size >= :size AND h.note <> x'' ORDER BY s.size LIMIT 1
"""
LANDMARKS = """
    SELECT size, root, at, note FROM log_heads h WHERE size <= :size AND note <> x'' AND (size = :size
        OR size IN (SELECT s.size FROM stamps s)
        OR size IN (SELECT max(c.size) FROM cosignatures c WHERE c.size <= :size GROUP BY c.party))
    ORDER BY size
"""
NEWEST_COSIGNED = """
    SELECT h.size, h.root, h.at, h.note FROM cosignatures c JOIN log_heads h ON h.size = c.size
    WHERE h.note <> x'' ORDER BY c.size DESC LIMIT 1
"""
