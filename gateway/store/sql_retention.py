"""The statements about keeping and removing messages, named for what is true after them."""

DUE = """
    SELECT agreement, type, open, count(*) AS messages, sum(size) AS bytes, min(at) AS first_at, max(at) AS last_at
    FROM retained WHERE purged_at = 0 AND at < (SELECT value FROM json_each(:terms) WHERE key = agreement)
    GROUP BY agreement, type, open ORDER BY agreement, type, open
"""
UNKNOWN = """
    SELECT agreement, type, 'agreement' AS open, count(*) AS messages, sum(size) AS bytes, min(at) AS first_at,
        max(at) AS last_at
    FROM retained WHERE purged_at = 0 AND agreement NOT IN (SELECT key FROM json_each(:terms))
    GROUP BY agreement, type ORDER BY agreement, type
"""
OLD = """
    SELECT id, message_id, leaf, size, open, 1 AS over FROM retained
    WHERE id > :after AND purged_at = 0 AND open = ''
        AND at < (SELECT value FROM json_each(:terms) WHERE key = agreement)
    ORDER BY id LIMIT :limit
"""
CHOSEN = """
    SELECT r.id, r.message_id, r.leaf, r.size, r.open, r.purged_at = 0 AND (p.archives = 0 OR c.archived = 1)
        AND r.at < coalesce((SELECT value FROM json_each(:terms) WHERE key = r.agreement), 0) AS over
    FROM purges p JOIN purge_messages c ON c.purge = p.id JOIN retained r ON r.id = c.message
    WHERE p.id = :purge AND c.message > :after ORDER BY c.message LIMIT :limit
"""
UNARCHIVED = """
    SELECT r.id, r.message_id, r.leaf, r.size, r.open, 1 AS over FROM purge_messages c JOIN retained r ON r.id = c.message
    WHERE c.purge = :purge AND c.message > :after AND c.archived = 0 AND r.purged_at = 0 AND r.open = ''
        AND r.at < (SELECT value FROM json_each(:terms) WHERE key = r.agreement)
    ORDER BY c.message LIMIT :limit
"""
# Proposals
FORGET_CHOICES = """
    DELETE FROM purge_messages WHERE (purge, message) IN (
        SELECT c.purge, c.message FROM purges p JOIN purge_messages c ON c.purge = p.id
        WHERE p.proposed_at = 0 AND p.drafted_at < :before LIMIT 1000)
"""
FORGET_DRAFTS = "DELETE FROM purges WHERE proposed_at = 0 AND drafted_at < :before"
DRAFT = "INSERT INTO purges (agreement, terms, drafted_at) VALUES (:agreement, :terms, :now) RETURNING id"
CHOOSE = "INSERT INTO purge_messages (purge, message) VALUES (?, ?)"
PROPOSE = """
    UPDATE purges SET messages = :messages, size = :size, digest = :digest, proposed_by = :who, proposed_as = :account,
        proposed_at = :at WHERE id = :id
"""
APPROVE = """
    UPDATE purges SET approved_by = :who, approved_as = :account, approved_at = :at
    WHERE id = :id AND proposed_at > 0 AND approved_at = 0
"""
PURGE = "SELECT * FROM purges WHERE id = :id AND proposed_at > 0"
PURGES = "SELECT * FROM purges WHERE proposed_at > 0 ORDER BY id DESC"
COUNT = """
    UPDATE purges SET purged = purged + :gone, skipped = skipped + :skipped
    WHERE id = :id AND approved_at > 0 AND done_at = 0
"""
DEMAND_ARCHIVES = "UPDATE purges SET archives = 1 WHERE id = :id AND approved_at > 0 AND done_at = 0"
ARCHIVED = "UPDATE purge_messages SET archived = 1 WHERE purge = ? AND message = ?"
NOTE_ARCHIVE = """
    UPDATE purges SET archive = trim(archive || ' ' || :digest)
    WHERE id = :id AND approved_at > 0 AND done_at = 0 AND archives = 1
"""
FINISH = "UPDATE purges SET done_at = :now WHERE id = :id AND approved_at > 0 AND done_at = 0"
UNCHOOSE = "DELETE FROM purge_messages WHERE purge = ? AND message = ?"
# What goes with one message; what is not named here stays.
MAY_GO = """
    SELECT leaf FROM retained WHERE id = :id AND purged_at = 0 AND open = ''
        AND at < (SELECT value FROM json_each(:terms) WHERE key = agreement)
        AND EXISTS (SELECT 1 FROM purges p JOIN purge_messages c ON c.purge = p.id
            WHERE p.id = :purge AND c.message = retained.id AND (p.archives = 0 OR c.archived = 1))
"""
NO_BODY = "INSERT INTO bodies (id, staged_at, data) VALUES (0, 0, x'') ON CONFLICT DO NOTHING"
BODIES = "SELECT DISTINCT body FROM payloads WHERE message = :id AND body > 0"
LEAVE_BODIES = "UPDATE payloads SET body = 0 WHERE message = :id"
REMOVE_BODY = """
    DELETE FROM bodies
    WHERE id = :body AND data IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payloads WHERE body = :body)
"""
RELEASE_BODY = """
    UPDATE bodies SET staged_at = 1
    WHERE id = :body AND data IS NULL AND NOT EXISTS (SELECT 1 FROM payloads WHERE body = :body)
"""
REMOVE_BUSINESS_IDS = "DELETE FROM business_ids WHERE message = :id"
LANES = """
    SELECT target, lane FROM deliveries
    WHERE message = :id AND lane <> '' AND state NOT IN ('delivered', 'dropped')
"""
REMOVE_PACKS = "UPDATE deliveries SET pack = NULL, content_key = x'', detail = '', lane = '' WHERE message = :id"
REMOVE_ENVELOPE = "DELETE FROM envelopes WHERE message = :id"
REMOVE_LANE = "UPDATE inbox SET lane = '' WHERE id = :id"
REMOVE_DOCUMENT = "UPDATE transactions SET document = '' WHERE id = :id"
REMOVE_ANSWER = """
    UPDATE transactions SET answer_document = ''
    WHERE id = (SELECT opening FROM messages WHERE id = :id)
        AND answer = (SELECT message_id FROM messages WHERE id = :id)
"""
REMOVED = "UPDATE messages SET purged_at = :now, purged_in = :entry WHERE id = :id"
REMOVE_TRANSACTION = """
    DELETE FROM transactions
    WHERE id = (SELECT CASE WHEN opening > 0 THEN opening ELSE id END FROM messages WHERE id = :id)
        AND (SELECT purged_at FROM messages WHERE id = transactions.id) > 0
        AND NOT EXISTS (SELECT 1 FROM messages WHERE opening = transactions.id AND opening > 0 AND purged_at = 0)
"""
# The file. The pragma frees one page at each step, and the driver makes one step of a statement without rows.
GIVE_BACK = "PRAGMA incremental_vacuum(1)"
UNUSED = "PRAGMA freelist_count"
# Putting back what is in an archive
ACCEPTED_AT = """
    SELECT m.id, m.message_id, m.edge, m.purged_at, m.entry FROM log_leaves l JOIN messages m ON m.entry = l.entry
    WHERE l.position = :leaf
"""
PUT_BACK = "UPDATE payloads SET body = :body WHERE message = :id AND position = :position AND body = 0"
PUT_PACK_BACK = "UPDATE deliveries SET pack = :soap WHERE message = :id AND kind = 'partner' AND pack IS NULL"
IS_REMOVED = "SELECT 1 FROM messages WHERE id = :id AND purged_at > 0"
RESTORED = "UPDATE messages SET purged_at = 0, purged_in = 0 WHERE id = :id AND purged_at > 0"
TOLD = """
    SELECT body FROM log_entries WHERE id = :entry OR message_id = :message_id AND kind IN ('delivered', 'resecured')
"""
