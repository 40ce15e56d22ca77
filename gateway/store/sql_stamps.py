"""The statements of time stamps."""

STANDING = """
    SELECT s.since, s.missing, coalesce(n.kept_at, 0) AS last, coalesce(n.size, 0) AS size
    FROM stamping s LEFT JOIN (SELECT size, kept_at FROM stamps ORDER BY size DESC, at DESC LIMIT 1) n
"""
WAITING = """
    SELECT e.at FROM log_leaves l JOIN log_entries e ON e.id = l.entry
    WHERE l.position >= :size AND e.kind <> 'stamped' ORDER BY l.position LIMIT 1
"""
BEGIN = "INSERT INTO stamping (id, since) VALUES (1, :now) ON CONFLICT DO NOTHING"
END = "DELETE FROM stamping"
KEEP = (
    "INSERT INTO stamps (size, at, kept_at, response) VALUES (:size, :at, :kept_at, :response) ON CONFLICT DO NOTHING"
)
CAME = "UPDATE stamping SET since = :now, missing = 0"
KEPT = "SELECT size, response FROM stamps ORDER BY size"
TOLD = "SELECT body FROM log_entries WHERE kind = 'stamped' ORDER BY id"
MISSED = "UPDATE stamping SET missing = 1 WHERE missing = 0"
