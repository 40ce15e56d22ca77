"""Entries of the delivery log: one canonical leaf for each event (docs/evidence.md).

A leaf never holds a value from a message. Its nonce keeps anyone from guessing what it says.
"""

import json
from typing import Any

from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.core.tree import leaf_hash

VERSION = 1

KINDS: dict[str, str] = {
    "accepted": "a message of a national system (202 was answered), or the gateway's own signal, was validated, stripped and stored",
    "received": "a partner's message was validated, stripped and stored; a receipt was answered",
    "refused": "a message was refused; nothing of it was stored",
    "duplicate": "a stored message came again and got its old answer",
    "attempt": "a delivery attempt failed for now",
    "delivered": "the target's confirmation was checked and is kept",
    "resecured": "a message that waited was signed anew, because a certificate or the P-Mode had ended",
    "pushed": "the webhook took a message over",
    "notified": "the producer's webhook was told about a delivery",
    "failed": "the target refused the message for good",
    "unproven": "the partner says it has the message, but sent no receipt",
    "expired": "the deadline passed before delivery",
    "inbox-read": "a national system read a message from its inbox",
    "looked": "somebody was shown what is known about messages: a system, a partner or an operator",
    "acknowledged": "a national system took a message over from its inbox",
    "late": "what a transaction awaits did not come in the agreed time",
    "lapsed": "a transaction's last moment passed; nothing is awaited any more",
    "rejected": "a transaction ended with an error of one side",
    "cancelled": "a transaction was cancelled on both sides",
    "cancel": "an operator cancelled a transaction",
    "unsignalled": "a signal could not be made under the configuration of that moment",
    "configured": "an operator's command changed the configuration",
    "hold": "an operator stopped a delivery",
    "release": "an operator let a held delivery go on",
    "retry": "an operator asked for new attempts",
    "fail": "an operator declared a delivery failed",
    "drop": "an operator gave a delivery up",
    "ping": "a partner's test message was answered",
    "signalled": "a partner's receipt or errors came by themselves and moved no delivery",
    "pinged": "a partner's test service was asked, and what it answered",
    "stamped": "an authority's time stamp of a checkpoint was checked and is kept",
    "stamp-missing": "no time stamp could be had; once for each outage",
    "halted": "acceptance stopped, because no time stamp came in time",
    "resumed": "acceptance goes on",
    "exported": "an operator took evidence about a message, a conversation or a movement",
    "security": "what may be an attack: why, and who; of callers nobody knows, how many in a minute",
    "integrity": "stored bytes differ from their digest",
    "equivocation": "a partner's log signed two checkpoints that exclude each other; both are kept: proof of fraud",
    "inconsistent": "a partner's checkpoint came without anything that joins it to an earlier one; demanded again",
    "settled": "an operator settled the disputes with a partner's log that there were",
    "misstated": "a partner's message bore a checkpoint that the partner's log did not sign",
    "cosign-refused": "a partner does not witness this log, or not by this key",
    "rolled-back": "a partner cosigned more of this log, or something else, than the log has now",
    "void": "numbers of messages that will not come were told to, or by, a partner",
    "gap": "numbers of a partner's messages are missing past every deadline",
    "gap-closed": "an alarmed number came after all, or is void",
    "number-reused": "a partner gave one number to two messages: it lost what it had given, or there are two of it",
    "reconciled": "both sides signed the same counts and digests of one day",
    "differs": "the two sides' lists of one day differ",
    "started": "the gateway started",
    "new-origin": "the log went on under another origin and key; what the former one promised last, and what was there",
    "unanchored": "the gateway started without the file that says which checkpoint was published last",
    "stopped": "the gateway stopped in order",
    "purge-proposed": "an operator proposed to remove the content of messages that were kept for the agreed time",
    "purge-approved": "another operator approved it",
    "purged": "the content of a message was removed; its digests, receipts and log entries stay",
    "archived": "an archive of the messages of a removal was written and verified, before the first of them was removed",
    "restored": "the content of a message was put back from an archive",
    "reloaded": "a changed configuration was taken over",
    "reload-refused": "a changed configuration was faulty; the old one stays",
}

# Every digest that a leaf may hold, by where it stands, and what it is over. None lets a restricted value be guessed: what a
# law keeps out of a message is covered by salted digests alone. A new one without a row here fails every test of a town.
DIGESTS: dict[str, str] = {
    "digest_in": "the document as it came, salted by the redaction key",
    "digest_out": "the document as it goes on, without what was removed",
    "attachments": "each attachment as it goes on, and each list of what was removed",
    "expected": "a stored payload, as it goes on",
    "redaction.committed": "the stripped document with the salted commitments in the places of what was removed",
    "redaction.manifest": "the list of what was removed",
    "redaction.earlier": "the list that came with the message",
    "redaction.units.c": "one removed part, salted by the redaction key",
    "signed.certificate": "the certificate of the document's signer",
    "signed.sha256": "the signature's value, which only its key can make",
    "sent": "the SOAP part of the message as it was sent",
    "envelope": "the SOAP part of the message as it came; where nothing was removed from it here",
    "receipt": "the partner's receipt as it is kept",
    "choice": "the MessageIds of a removal, with the places of their leaves",
    "root": "the leaves of a log up to a size",
    "other_root": "the same, as another checkpoint has it",
    "note": "MessageIds of a day, with the digests of the documents that neither side stripped",
    "before": "the certificates that a message was secured by",
    "after": "those that it is secured by now",
    "differences": "the list of what the two sides of a day have differently, as signed here",
    "digest": "a note of a partner's log, or a file that was written",
    "authority": "the certificate of a time-stamp authority",
    "response": "the answer of a time-stamp authority, whole",
    "build": "every file of the installed program",
    "configuration": "every configuration file",
    "agreements": "an agreement's file",
    "schemas": "the files of a folder of schemas",
    "parties": "a party's file and its certificates",
    "codelists": "a code list's file",
    "keys": "the certificates of keys that sign messages",
}


def entry(kind: str, at: Micros, nonce: bytes, **facts: object) -> Entry:
    """One event as a leaf: sorted keys, no white space, empty facts left out, bytes in hex."""
    shown = {key: value.hex() if isinstance(value, bytes) else value for key, value in facts.items() if value}
    leaf = {"v": VERSION, "kind": kind, "at": at, "nonce": nonce.hex(), **shown}
    body = json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return Entry(kind, at, str(facts.get("message_id") or ""), body, leaf_hash(body))


def said(body: bytes) -> dict[str, Any]:
    """What a leaf says; nothing where the bytes are none, as whoever changed them may have left them."""
    try:
        leaf = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return leaf if isinstance(leaf, dict) else {}
