"""Phrases about evidence: what is refused in an export, and what a bundle's cover sheet says.

Three tellings for each, as in `phrases`, which takes them all in.
"""

from gateway.core.phrases_of_exchange import Phrase

EVIDENCE: dict[str, Phrase] = {
    "evidence_xades_key": (
        "an RSA or ECDSA key that signs messages: ASiC-E is not signed with Ed25519",
        "ключ RSA или ECDSA для подписи сообщений: ASiC-E не подписывается ключом Ed25519",
        "хабарларға қол қоятын RSA немесе ECDSA кілті: ASiC-E контейнеріне Ed25519 кілтімен қол қойылмайды",
    ),
}
