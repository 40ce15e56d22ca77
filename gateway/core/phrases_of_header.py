"""Phrases about the ebMS header and the heads of MIME parts: what they must, may and may not say.

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
    "no_other": (
        "nothing of ebMS but {names}",
        "из элементов ebMS только {names}",
        "ebMS элементтерінен тек {names}",
    ),
    "known_blocks": (
        "mustUnderstand on eb:Messaging and wsse:Security alone",
        "mustUnderstand только у eb:Messaging и wsse:Security",
        "mustUnderstand тек eb:Messaging және wsse:Security үшін",
    ),
    "uri_or_type": (
        "a type, or a URI",
        "тип (@type) или URI",
        "тип (@type) немесе URI",
    ),
    "property_name": (
        "a name of letters, digits and _ . : -, at most 100",
        "имя из букв, цифр и знаков _ . : -, не более 100",
        "әріптерден, цифрлардан және _ . : - белгілерінен тұратын атау, ең көбі 100",
    ),
    "at_most_characters": ("text of at most {n} characters", "текст не более {n} знаков", "ең көбі {n} таңбалы мәтін"),
    "at_most_properties": (
        "at most {n} of eb:Property, nothing else",
        "не более {n} eb:Property, и ничего другого",
        "ең көбі {n} eb:Property, басқа ештеңе жоқ",
    ),
    "property_objects": (
        "a list of at most {n} objects with name, value and maybe type",
        "список не более чем из {n} объектов с полями name, value и, если нужно, type",
        "name, value және қажет болса type өрістері бар {n} нысаннан аспайтын тізім",
    ),
    "none_agreed": ("none: none is agreed", "ничего: не согласовано", "ештеңе: келісілмеген"),
    "property_value": (
        "a short token: letters, digits and . _ : @ / # + ~ % -, at most 255",
        "короткий код: буквы, цифры и знаки . _ : @ / # + ~ % -, не более 255",
        "қысқа код: әріптер, цифрлар және . _ : @ / # + ~ % - белгілері, ең көбі 255",
    ),
    "one_not_empty": ("one, not empty", "одно непустое", "біреу, бос емес"),
    "one_element": ("exactly one {name}", "ровно один {name}", "дәл бір {name}"),
    "named_parts": (
        "each MIME part named by exactly one eb:PartInfo",
        "каждая часть MIME названа ровно в одном eb:PartInfo",
        "әр MIME бөлігі дәл бір eb:PartInfo ішінде аталған",
    ),
    "first_part": (
        "{types} for the first part",
        "{types} для первой части",
        "бірінші бөлік үшін {types}",
    ),
    "cid": ("cid: and a Content-ID", "cid: и Content-ID", "cid: және Content-ID"),
    "content_id": (
        "the Content-ID of a MIME part",
        "Content-ID одной из частей MIME",
        "MIME бөліктерінің бірінің Content-ID мәні",
    ),
    "type_of_packed": (
        "MimeType on a compressed part",
        "MimeType у сжатой части",
        "сығылған бөліктің MimeType қасиеті",
    ),
    "digest_property": (
        "the Digest property: SHA-256 of the content",
        "свойство Digest: SHA-256 содержимого",
        "Digest қасиеті: мазмұнның SHA-256 мәні",
    ),
    "blank_line": (
        "headers and a blank line in every part",
        "заголовки и пустая строка в каждой части",
        "әр бөлікте тақырыптамалар және бос жол",
    ),
    "base64": (
        "base64 as the part's header says",
        "base64, как указано в заголовке части",
        "бөлік тақырыптамасында көрсетілгендей base64",
    ),
    "header_line": (
        "name: value in every header line",
        "имя: значение в каждой строке заголовка",
        "тақырыптаманың әр жолында атау: мән",
    ),
}
