"""The statements of the tree: places, heads, nodes."""

ANY_PENDING = "SELECT 1 FROM log_pending LIMIT 1"
PENDING = """
    SELECT p.entry, e.hash FROM log_pending p JOIN log_entries e ON e.id = p.entry ORDER BY p.entry LIMIT :limit
"""
ADD_LEAF = "INSERT INTO log_leaves (position, entry, hash) VALUES (?, ?, ?)"
SEQUENCED = "DELETE FROM log_pending WHERE entry = ?"
LAST_HEAD = "SELECT size, root, frontier, at, note FROM log_heads ORDER BY size DESC LIMIT 1"
ADD_HEAD = "INSERT INTO log_heads (size, root, frontier, at, note) VALUES (:size, :root, :frontier, :at, :note)"
HEAD = "SELECT size, root, at, note FROM log_heads WHERE size = :size"
NEWEST_CHECKPOINT = """
    SELECT size, root, at, note FROM log_heads WHERE note <> x'' AND size <= :most ORDER BY size DESC LIMIT 1
"""
LEAF_COUNT = "SELECT coalesce(max(position) + 1, 0) FROM log_leaves"
NODE_COUNT = "SELECT coalesce(max(number) + 1, 0) FROM log_nodes WHERE level = :level"
ADD_NODE = "INSERT INTO log_nodes (level, number, hash) VALUES (:level, :number, :hash)"
LEAF_HASHES = "SELECT hash FROM log_leaves WHERE position >= :start AND position < :end ORDER BY position"
NODE_HASHES = """
    SELECT hash FROM log_nodes WHERE level = :level AND number >= :start AND number < :end ORDER BY number
"""
LEAF = """
    SELECT l.position, l.hash, e.body, e.kind, e.at, e.message_id FROM log_leaves l JOIN log_entries e ON e.id = l.entry
    WHERE l.position = :position
"""
COSIGNATURES = "SELECT party, line, at FROM cosignatures WHERE size = :size ORDER BY party"
STAMPS_OF = "SELECT size, at, response FROM stamps WHERE size = :size ORDER BY at"
