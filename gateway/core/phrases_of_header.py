"""Phrases about what an ebMS header may not say.

Three tellings for each, as in `phrases`, which takes them all in.
"""

from gateway.core.phrases_of_exchange import Phrase

HEADER: dict[str, Phrase] = {
    "no_reliability_headers": (
        "no WS-Reliability and no WS-ReliableMessaging: AS4 has its own receipts",
        "без WS-Reliability и WS-ReliableMessaging: у AS4 свои квитанции",
        "WS-Reliability және WS-ReliableMessaging жоқ: AS4-тің өз түбіртектері бар",
    ),
    "one_hop_whole": (
        "a whole message straight from its sender: split messages and intermediaries are not supported",
        "целое сообщение прямо от отправителя: разделение и посредники не поддерживаются",
        "жіберушіден тікелей келген бүтін хабар: бөлу мен делдалдар қолданылмайды",
    ),
    "empty_body": (
        "nothing: payloads travel in MIME parts",
        "пусто: содержимое передаётся в частях MIME",
        "бос: мазмұн MIME бөліктерінде жіберіледі",
    ),
    "encoding_name": (
        "the name of an encoding (XML 1.0, 4.3.3)",
        "название кодировки (XML 1.0, 4.3.3)",
        "кодтау атауы (XML 1.0, 4.3.3)",
    ),
}
