"""The statements of the audit: everything, a page at a time."""

LAST_SIZE = "SELECT coalesce(max(size), 0) FROM log_heads"
HEADS_FROM = """
    SELECT size, root, at, note FROM log_heads WHERE size > :after AND size <= :most ORDER BY size LIMIT :limit
"""
ALL_NODES = "SELECT level, number, hash FROM log_nodes"
WAITING = """
    SELECT p.entry, e.body, e.hash, e.kind, e.at, e.message_id
    FROM log_pending p JOIN log_entries e ON e.id = p.entry ORDER BY p.entry
"""
COSIGNED = """
    SELECT c.size, c.party, c.line, h.note FROM cosignatures c LEFT JOIN log_heads h ON h.size = c.size
    WHERE (c.size, c.party) > (:size, :party) ORDER BY c.size, c.party LIMIT :limit
"""
LOST_PAYLOADS = """
    SELECT m.message_id FROM messages m JOIN log_entries e ON e.id = m.entry
    WHERE (SELECT count(*) FROM payloads WHERE message = m.id)
        <> 1 + coalesce(CASE WHEN json_valid(CAST(e.body AS TEXT))
            THEN json_array_length(CAST(e.body AS TEXT), '$.attachments') END, 0)
    ORDER BY m.id
"""
LOST_DELIVERIES = """
    SELECT e.message_id FROM log_entries e
    WHERE e.kind = 'delivered' AND NOT EXISTS (
        SELECT 1 FROM messages m JOIN deliveries d ON d.message = m.id
        WHERE m.message_id = e.message_id AND d.kind = 'partner' AND d.state = 'delivered')
    ORDER BY e.id
"""
DELIVERED = """
    SELECT d.id, m.message_id, d.target, d.pack, d.receipt, m.purged_at, (
        SELECT json_group_array(hex(e.body)) FROM log_entries e
        WHERE e.message_id = m.message_id AND e.kind IN ('delivered', 'resecured')) AS leaves
    FROM deliveries d JOIN messages m ON m.id = d.message
    WHERE d.id > :after AND d.kind = 'partner' AND d.state = 'delivered' ORDER BY d.id LIMIT :limit
"""
ENVELOPES = """
    SELECT m.id, m.message_id, m.purged_at, v.soap, e.body AS leaf
    FROM messages m LEFT JOIN envelopes v ON v.message = m.id LEFT JOIN log_entries e ON e.id = m.entry
    WHERE m.id > :after AND m.edge = 'partner' ORDER BY m.id LIMIT :limit
"""
