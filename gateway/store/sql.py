"""Every statement, named for what is true after it."""

# Intake
REMEMBERED = "SELECT content, status, content_type, answer, redaction_key FROM ids WHERE key = :key"
CONVERSATION_OF = """
    SELECT conversation_id FROM messages WHERE message_id = :message_id AND system = :system ORDER BY id DESC LIMIT 1
"""
REMEMBER = """
    INSERT INTO ids (key, content, status, content_type, answer, at, redaction_key)
    VALUES (:key, :content, :status, :content_type, :answer, :at, :redaction_key) ON CONFLICT (key) DO NOTHING
"""
KEEP_KEY = "INSERT INTO redaction_keys (id, since) VALUES (:id, :since) ON CONFLICT (id) DO NOTHING"
KEYS = "SELECT id FROM redaction_keys ORDER BY since"
KEY_IN_USE = "SELECT 1 FROM ids WHERE redaction_key = :id LIMIT 1"
ADD_MESSAGE = """
    INSERT INTO messages (edge, submission_id, message_id, conversation_id, ref_to_message_id, sender, recipient,
        system, agreement, service, type, version, purpose, environment, priority, digest_in, digest_out, removed, entry,
        timestamp, deadline, opening, step, properties)
    VALUES (:edge, :submission_id, :message_id, :conversation_id, :ref_to_message_id, :sender, :recipient,
        :system, :agreement, :service, :type, :version, :purpose, :environment, :priority, :digest_in, :digest_out, :removed,
        :entry, :timestamp, :deadline, :opening, :step, :properties)
    RETURNING id
"""
ADD_PAYLOAD = """
    INSERT INTO payloads (message, position, cid, media_type, name, digest, size, packed_size, body, packed_digest, properties)
    VALUES (:message, :position, :cid, :media_type, :name, :digest, :size, :packed_size, :body, :packed_digest, :properties)
"""
ADD_BODY = "INSERT INTO bodies (staged_at, data) VALUES (:staged_at, :data) RETURNING id"
ADD_CHUNK = "INSERT INTO chunks (body, position, data) VALUES (:body, :position, :data)"
KEEP_BODY = "UPDATE bodies SET staged_at = 0 WHERE id = :body"
TOUCH_BODY = "UPDATE bodies SET staged_at = :now WHERE id = :body AND staged_at > 0"
RELEASE_BODY = "UPDATE bodies SET staged_at = 1 WHERE id = :body AND staged_at > 0"
SWEEP_CHUNKS = """
    DELETE FROM chunks WHERE (body, position) IN (
        SELECT c.body, c.position FROM bodies b JOIN chunks c ON c.body = b.id
        WHERE b.staged_at > 0 AND b.staged_at < :before LIMIT 16)
"""
SWEEP_BODIES = """
    DELETE FROM bodies
    WHERE staged_at > 0 AND staged_at < :before AND NOT EXISTS (SELECT 1 FROM chunks WHERE body = bodies.id)
"""
ADD_BUSINESS_ID = """
    INSERT INTO business_ids (message, name, value) VALUES (:message, :name, :value) ON CONFLICT DO NOTHING
"""
ADD_DELIVERY = """
    INSERT INTO deliveries (message, kind, target, priority, state, lane, next_attempt_at, deadline, content_type, pack)
    VALUES (:message, :kind, :target, :priority, :state, :lane, :next_attempt_at, :deadline, :content_type, :pack)
"""
ADD_INBOX = """
    INSERT INTO inbox (id, system, priority, arrived_at, lane, behind)
    VALUES (:id, :system, :priority, :arrived_at, :lane, :lane <> '' AND EXISTS (
        SELECT 1 FROM inbox WHERE system = :system AND lane = :lane AND lane <> '' AND acknowledged_at = 0))
"""
BODY = "SELECT data FROM bodies WHERE id = :body"
CHUNK = "SELECT data FROM chunks WHERE body = :body AND position = :position"
PAYLOADS = """
    SELECT cid, media_type, name, digest, size, packed_size, body, packed_digest, properties FROM payloads
    WHERE message = :message ORDER BY position
"""

# Delivery
GATES = "SELECT target, failures, next_attempt_at, code, since FROM gates"
GATE = "SELECT failures, next_attempt_at, code, since, probe FROM gates WHERE target = :target"
CLOSE_GATE = """
    INSERT INTO gates (target, failures, next_attempt_at, code, since)
    VALUES (:target, 1, :next_attempt_at, :code, :now)
    ON CONFLICT (target) DO UPDATE
    SET failures = gates.failures + CASE WHEN gates.probe = :id THEN 1 ELSE 0 END,
        next_attempt_at = :next_attempt_at, code = :code, probe = 0
"""
PROBE = "UPDATE gates SET probe = :id, next_attempt_at = :until WHERE target = :target"
RENEW_PROBE = "UPDATE gates SET next_attempt_at = :until WHERE probe = :id"
OPEN_GATE = "DELETE FROM gates WHERE target = :target"
DUE = "SELECT 1 FROM deliveries WHERE state = 'queued' AND target = :target AND next_attempt_at <= :now LIMIT 1"
LEASE = """
    UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = :until
    WHERE state = 'queued' AND id IN (
        SELECT id FROM deliveries
        WHERE state = 'queued' AND target = :target AND next_attempt_at <= :now
        ORDER BY priority, id LIMIT :slots)
    RETURNING id, attempts, kind, target, priority, deadline, content_type, pack, secured, content_key, message,
        sequence
"""
PULLABLE = """
    SELECT d.id FROM deliveries d JOIN messages m ON m.id = d.message
    WHERE d.state = 'queued' AND d.target = :target AND d.next_attempt_at <= :now
        AND m.agreement NOT IN (SELECT value FROM json_each(:others))
    ORDER BY d.priority, d.id LIMIT 1
"""
PULL = """
    UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = :until WHERE id = :id
    RETURNING id, attempts, kind, target, priority, deadline, content_type, pack, secured, content_key, message,
        sequence
"""
SENT = """
    SELECT d.id, d.attempts, d.kind, d.target, d.priority, d.deadline, d.content_type, d.pack, d.secured, d.content_key,
        d.message, d.sequence
    FROM messages m JOIN deliveries d ON d.message = m.id
    WHERE m.message_id = :message_id AND d.kind = 'partner' AND d.attempts > 0 AND d.pack IS NOT NULL
    ORDER BY d.target = :target DESC LIMIT 1
"""
RENEW = """
    UPDATE deliveries SET next_attempt_at = :until
    WHERE id = :id AND attempts = :attempt AND state = 'queued'
"""
KEEP_PACK = """
    UPDATE deliveries SET content_type = :content_type, pack = :pack, secured = :secured, content_key = :content_key
    WHERE id = :id AND attempts = :attempt AND state = 'queued'
"""
SETTLE = """
    UPDATE deliveries SET state = :state, next_attempt_at = :next_attempt_at, code = :code, detail = :detail,
        receipt = :receipt, settled_at = :settled_at
    WHERE id = :id AND attempts = :attempt AND state = :before
"""
CONFIRM = """
    UPDATE deliveries SET state = 'delivered', code = '', detail = '', receipt = :receipt, settled_at = :settled_at
    WHERE id = :id AND state <> 'delivered'
"""
CONFIRM_PUSH = """
    UPDATE deliveries SET state = 'delivered', code = '', detail = '', settled_at = :now
    WHERE message = :item AND kind = 'push' AND state <> 'delivered'
"""
STATE = "SELECT state, attempts, lane FROM deliveries WHERE id = :id"
OVERDUE = """
    SELECT d.id, d.attempts, d.kind, d.target, d.message FROM deliveries d
    WHERE d.state IN ('queued', 'waiting', 'held') AND d.deadline <= :now ORDER BY d.deadline LIMIT 200
"""
MESSAGE = "SELECT * FROM messages WHERE id = :message"
ACKNOWLEDGE_PUSHED = "UPDATE inbox SET acknowledged_at = :now WHERE id = :message AND acknowledged_at = 0"

# Order per movement
LANE_TAKEN = """
    SELECT 1 FROM deliveries
    WHERE target = :target AND lane = :lane AND lane <> '' AND state NOT IN ('delivered', 'dropped') LIMIT 1
"""
NEXT_IN_LANE = """
    UPDATE deliveries SET state = 'queued', next_attempt_at = :now
    WHERE state = 'waiting' AND id = (
        SELECT id FROM deliveries
        WHERE target = :target AND lane = :lane AND lane <> '' AND state NOT IN ('delivered', 'dropped')
        ORDER BY id LIMIT 1)
"""
BACK_INTO_LANE = """
    UPDATE deliveries SET state = 'waiting'
    WHERE id = :id AND lane <> '' AND EXISTS (
        SELECT 1 FROM deliveries e
        WHERE e.target = deliveries.target AND e.lane = deliveries.lane AND e.lane <> '' AND e.id < deliveries.id
            AND e.state NOT IN ('delivered', 'dropped'))
"""
NEXT_ITEM = """
    UPDATE inbox SET behind = 0 WHERE id = (
        SELECT i.id FROM inbox i JOIN inbox done ON done.id = :item
        WHERE i.system = done.system AND i.lane = done.lane AND i.lane <> '' AND i.acknowledged_at = 0
        ORDER BY i.id LIMIT 1)
"""
PUSH_OF = "SELECT target, lane FROM deliveries WHERE message = :item AND kind = 'push' AND lane <> ''"

# Transactions
ADD_TRANSACTION = """
    INSERT INTO transactions (id, partner, role, regulation, document, state, since, seen, due, late_at, owed, code)
    VALUES (:id, :partner, :role, :regulation, :document, :state, :since, :seen, :due, :late_at, :owed, :code)
"""
KEEP_TRANSACTION = """
    UPDATE transactions SET state = :state, since = :since, seen = :seen, due = :due, late_at = :late_at,
        owed = :owed, code = :code,
        tell = CASE WHEN state <> :state AND :tell <> '' THEN :tell ELSE tell END WHERE id = :id
"""
KEEP_ANSWER = "UPDATE transactions SET answer = :answer, answer_document = :answer_document WHERE id = :id"
TRANSACTION_OF = """
    SELECT t.*, m.step FROM messages m
    JOIN transactions t ON t.id = CASE WHEN m.opening > 0 THEN m.opening ELSE m.id END WHERE m.id = :message
"""
TRANSACTIONS_BY_REFERENCE = """
    SELECT t.* FROM messages m JOIN transactions t ON t.id = CASE WHEN m.opening > 0 THEN m.opening ELSE m.id END
    WHERE m.message_id = :key AND t.partner = :partner ORDER BY t.id
"""
TRANSACTIONS_BY_CONVERSATION = """
    SELECT t.* FROM messages m JOIN transactions t ON t.id = m.id
    WHERE (m.message_id = :key OR m.conversation_id = :key AND m.conversation_id <> m.message_id)
        AND t.partner = :partner
    ORDER BY t.state IN ('completed', 'rejected', 'cancelled'), t.id LIMIT 100
"""
TRANSACTIONS_BY_DOCUMENT = """
    SELECT t.* FROM business_ids b JOIN transactions t ON t.id = b.message
    WHERE b.value = :key AND b.name = 'document' AND t.partner = :partner
    ORDER BY t.state IN ('completed', 'rejected', 'cancelled'), t.id LIMIT 100
"""
TRANSACTION = "SELECT * FROM transactions WHERE id = :id"
REFERENCE = "SELECT m.message_id, t.answer FROM transactions t JOIN messages m ON m.id = t.id WHERE t.id = :id"
OVERDUE_TRANSACTIONS = """
    SELECT t.*, m.message_id, m.conversation_id, m.type, m.agreement, m.system, m.purpose
    FROM transactions t JOIN messages m ON m.id = t.id WHERE t.due > 0 AND t.due <= :now ORDER BY t.due LIMIT 200
"""
OWING_TRANSACTIONS = """
    SELECT t.*, m.message_id, m.conversation_id, m.type, m.agreement, m.system, m.purpose
    FROM transactions t JOIN messages m ON m.id = t.id WHERE t.owed <> '' OR t.tell <> '' ORDER BY t.id LIMIT 200
"""
FULFILLED = "UPDATE transactions SET owed = '', tell = '' WHERE id = :id"
TRANSACTION_MESSAGES = """
    SELECT m.id, m.message_id, m.step, m.type, m.sender, m.timestamp, d.state FROM messages m
    LEFT JOIN deliveries d ON d.message = m.id AND d.kind = 'partner' WHERE m.id = :id OR m.opening = :id AND m.opening > 0
    ORDER BY m.id
"""

# Inbox
INBOX = """
    SELECT i.id AS item, i.lease_until, i.reads, i.arrived_at, m.* FROM inbox i JOIN messages m ON m.id = i.id
    WHERE i.system = :system AND i.acknowledged_at = 0 ORDER BY i.priority, i.id LIMIT :limit
"""
INBOX_LEASE = """
    UPDATE inbox SET lease = :lease, lease_until = :until
    WHERE acknowledged_at = 0 AND lease_until <= :now AND id IN (
        SELECT id FROM inbox
        WHERE system = :system AND acknowledged_at = 0 AND behind = 0 AND lease_until <= :now
        ORDER BY priority, id LIMIT :limit)
    RETURNING id
"""
INBOX_READY = """
    SELECT 1 FROM inbox
    WHERE system = :system AND acknowledged_at = 0 AND behind = 0 AND lease_until <= :now LIMIT 1
"""
INBOX_ITEM = """
    SELECT i.id AS item, i.lease, i.lease_until, i.reads, i.arrived_at, i.acknowledged_at, m.*
    FROM inbox i JOIN messages m ON m.id = i.id WHERE i.id = :item AND i.system = :system
"""
INBOX_RENEW = """
    UPDATE inbox SET lease_until = :until
    WHERE id = :item AND system = :system AND lease = :lease AND lease_until > :now AND acknowledged_at = 0
"""
INBOX_COUNT_READ = "UPDATE inbox SET reads = reads + 1 WHERE id = :item"
INBOX_ACKNOWLEDGE = """
    UPDATE inbox SET acknowledged_at = :now, lease = :lease
    WHERE id = :item AND system = :system AND acknowledged_at = 0 AND lease = :lease AND lease_until > :now
"""

# Operators and questions
SUBMISSION = """
    SELECT m.*, t.state AS transaction_state, coalesce(t.late_at, 0) AS late_at FROM (
        SELECT * FROM messages WHERE edge = 'national' AND message_id = :id
        UNION ALL
        SELECT * FROM messages WHERE edge = 'national' AND submission_id = :id AND submission_id <> message_id) m
    LEFT JOIN transactions t ON t.id = CASE WHEN m.opening > 0 THEN m.opening ELSE m.id END ORDER BY m.id
"""
DELIVERY = """
    SELECT d.message, d.kind, d.target, d.lane, m.purged_at FROM deliveries d JOIN messages m ON m.id = d.message
    WHERE d.id = :id
"""
DELIVERIES_OF = "SELECT * FROM deliveries WHERE message = :message ORDER BY id"
MOVE = """
    UPDATE deliveries SET state = :state, next_attempt_at = :next_attempt_at, deadline = :deadline,
        attempts = attempts + 1, detail = :detail, code = :code, settled_at = :settled_at
    WHERE id = :id AND state = :before
"""
LEAF_OF = """
    SELECT e.id, e.kind, e.at, e.hash, l.position FROM log_entries e LEFT JOIN log_leaves l ON l.entry = e.id
    WHERE e.message_id = :message_id AND e.kind NOT IN ('received', 'refused', 'ping', 'inbox-read', 'acknowledged', 'pushed')
    ORDER BY e.id
"""

# Delivery log
ADD_ENTRY = """
    INSERT INTO log_entries (kind, at, message_id, body, hash)
    VALUES (:kind, :at, :message_id, :body, :hash) RETURNING id
"""
ADD_PENDING = "INSERT INTO log_pending (entry) VALUES (:entry)"
LEAVES = """
    SELECT l.position, l.hash, l.entry, e.body, e.kind, e.at, e.message_id
    FROM log_leaves l LEFT JOIN log_entries e ON e.id = l.entry
    WHERE l.position >= :start ORDER BY l.position LIMIT :limit
"""
LAST_STANDING = "SELECT body FROM log_entries WHERE kind IN ('started', 'reloaded') ORDER BY id DESC LIMIT 1"
LOST_ENTRIES = """
    SELECT e.id FROM log_entries e LEFT JOIN log_leaves l ON l.entry = e.id LEFT JOIN log_pending p ON p.entry = e.id
    WHERE l.entry IS NULL AND p.entry IS NULL ORDER BY e.id
"""
LOST_MESSAGES = """
    SELECT e.message_id FROM log_entries e
    WHERE e.kind IN ('accepted', 'received') AND e.id NOT IN (SELECT entry FROM messages) ORDER BY e.id
"""
STORED = """
    SELECT m.id, m.message_id, p.position, p.digest, p.size, p.body, e.body AS leaf, l.position AS leaf_index,
        m.purged_at, m.purged_in, g.body AS purged, h.position AS purged_index
    FROM payloads p JOIN messages m ON m.id = p.message LEFT JOIN log_entries e ON e.id = m.entry
        LEFT JOIN log_leaves l ON l.entry = m.entry LEFT JOIN log_entries g ON g.id = m.purged_in
        LEFT JOIN log_leaves h ON h.entry = m.purged_in
    WHERE m.id > :after ORDER BY m.id, p.position LIMIT :limit
"""
ENTRIES = """
    SELECT e.id, l.position, e.kind, e.at, e.message_id, e.body, e.hash
    FROM log_entries e LEFT JOIN log_leaves l ON l.entry = e.id
    WHERE (:message_id = '' OR e.message_id = :message_id) AND (:kind = '' OR e.kind = :kind)
    ORDER BY e.id DESC LIMIT :limit
"""
EXCHANGED = """
    SELECT * FROM messages
    WHERE id > :after AND timestamp >= :since AND timestamp < :until AND (:type = '' OR type = :type)
    ORDER BY id LIMIT :limit
"""
REFUSALS = "SELECT count(*) FROM log_entries WHERE kind = 'refused' AND at >= :since AND at < :until"
DELIVERY_COUNTS = "SELECT state, count(*) AS n FROM deliveries GROUP BY state ORDER BY state"
ENTRY_COUNTS = "SELECT kind, count(*) AS n FROM log_entries GROUP BY kind ORDER BY kind"
