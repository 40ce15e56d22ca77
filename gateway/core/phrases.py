"""What readers are told: every phrase in English, Russian and Kazakh, with the same named places in each.

A phrase says what was expected, in a few words, so that it reads well after «expected», «ожидалось», «күтілгені».
Ruff's line breaks would tear the three languages apart; they stand together.
"""

from gateway.core.phrases_of_evidence import EVIDENCE
from gateway.core.phrases_of_exchange import EXCHANGE, Phrase
from gateway.core.phrases_of_header import HEADER
from gateway.core.phrases_of_retention import RETENTION

PHRASES: dict[str, Phrase] = {
    # Acceptance as a whole
    "stamp_in_time": (
        "a time stamp of the delivery log; nothing is accepted until it comes",
        "метка времени журнала доставки; до её получения ничего не принимается",
        "жеткізу журналының уақыт белгісі; ол алынғанға дейін ештеңе қабылданбайды",
    ),
    # Sizes and counts
    "at_most": ("at most {n}", "не более {n}", "ең көбі {n}"),
    "at_most_bytes": ("at most {n} bytes", "не более {n} байт", "ең көбі {n} байт"),
    "at_least_rate": ("at least {n} bytes a second", "не менее {n} байт в секунду", "секундына кемінде {n} байт"),
    "free_memory": (
        "memory that other large messages have freed",
        "память, освобождённая другими большими сообщениями",
        "басқа үлкен хабарламалар босатқан жад",
    ),
    "staged_attachment": (
        "a staged attachment that is still there",
        "принятое вложение, которое ещё хранится",
        "әлі сақтаулы тұрған қабылданған қосымша",
    ),
    "at_most_inflated": (
        "at most {n} bytes decompressed",
        "не более {n} байт после распаковки",
        "сығудан шығарғаннан кейін ең көбі {n} байт",
    ),
    "at_most_attributes": (
        "at most {n} on an element",
        "не более {n} у одного элемента",
        "бір элементте ең көбі {n}",
    ),
    "at_most_levels": ("at most {n} levels", "не более {n} уровней", "ең көбі {n} деңгей"),
    "at_most_parts": ("at most {n} parts", "не более {n} частей", "ең көбі {n} бөлік"),
    "at_most_recipients": (
        "at most {n} recipients, each once",
        "не более {n} получателей, каждый один раз",
        "ең көбі {n} алушы, әрқайсысы бір рет",
    ),
    "at_most_left": (
        "at most {n} characters before the @",
        "не более {n} символов перед @",
        "@ белгісіне дейін ең көбі {n} таңба",
    ),
    "transaction_state": (
        "a state of transactions",
        "одно из состояний транзакции",
        "транзакция күйлерінің бірі",
    ),
    "number_between": (
        "a number from {least} to {most}",
        "число от {least} до {most}",
        "{least} мен {most} арасындағы сан",
    ),
    "size_of_names": (
        "names under 50 KB, texts under 10 MB",
        "имена короче 50 КБ, тексты короче 10 МБ",
        "атаулар 50 КБ-тан, мәтіндер 10 МБ-тан кіші",
    ),
    # The document
    "a_document": ("a document", "документ", "құжат"),
    "one_document": (
        "one well-formed XML document",
        "один правильно построенный документ XML",
        "дұрыс құрылған бір XML құжаты",
    ),
    "no_doctype": ("no DOCTYPE", "без DOCTYPE", "DOCTYPE жоқ"),
    "no_marker": ("no {name}", "без элемента {name}", "{name} элементі жоқ"),
    "no_mark": (
        "no confidentiality mark in any value",
        "ни одного грифа ограничения доступа в значениях",
        "ешбір мәнде құпиялылық белгісі жоқ",
    ),
    "no_element": ("no element here", "никакого элемента здесь", "бұл жерде элемент жоқ"),
    "no_text": ("elements only, no text", "только элементы, без текста", "тек элементтер, мәтін жоқ"),
    "one_key": (
        "a key that is there, and there once",
        "ключ, который есть и встречается один раз",
        "бар және бір рет қана кездесетін кілт",
    ),
    "only": ("only: {names}", "только: {names}", "тек: {names}"),
    "no_attributes": ("no attributes", "без атрибутов", "атрибуттар жоқ"),
    "nothing_restricted": (
        "nothing here (rule {rule}: {ground})",
        "ничего здесь (правило {rule}: {ground})",
        "бұл жерде ештеңе жоқ (ереже {rule}: {ground})",
    ),
    # What is stated about a message
    "agreement_in_force": (
        "an agreement in force today",
        "соглашение, действующее сегодня",
        "бүгін қолданыстағы келісім",
    ),
    "environment": ("environment {name}", "среда {name}", "{name} ортасы"),
    "no_party_yet": (
        "no party under this agreement yet",
        "по этому соглашению пока нет сторон обмена",
        "бұл келісім бойынша әзірге алмасу тараптары жоқ",
    ),
    "party_to_agreement": ("a party to the agreement", "сторона соглашения", "келісім тарапы"),
    "no_attachments": ("no attachments", "без вложений", "тіркемелер жоқ"),
    "msg_id": (
        "a msg-id of RFC 2822 without <>",
        "msg-id по RFC 2822 без <>",
        "RFC 2822 бойынша msg-id, <> белгілерінсіз",
    ),
    "token": (
        "1 to 252 characters, no control characters",
        "от 1 до 252 символов, без управляющих",
        "1-ден 252-ге дейін таңба, басқару таңбаларынсыз",
    ),
    "deadline_within": (
        "later than now, within {duration}",
        "позже текущего момента, в пределах {duration}",
        "қазіргі сәттен кейін, {duration} шегінде",
    ),
    "date_time": ("xs:dateTime with zone", "xs:dateTime с часовым поясом", "уақыт белдеуі бар xs:dateTime"),
    "stated_once": ("stated once", "указано один раз", "бір рет көрсетілген"),
    "json_object": ("a JSON object", "объект JSON", "JSON нысаны"),
    "strings_under": ("strings under {names}", "строки с именами {names}", "{names} атауларымен жолдар"),
    "same_in_both": (
        "the same in the query and in the metadata part",
        "одно и то же в запросе и в части metadata",
        "сұрауда және metadata бөлігінде бірдей",
    ),
    "same_content": (
        "a new message_id, or exactly the content it was used for",
        "новый message_id или в точности то содержание, для которого он использован",
        "жаңа message_id немесе ол қолданылған дәл сол мазмұн",
    ),
    "free_ids": (
        "an id whose derived ids are free",
        "идентификатор, производные от которого свободны",
        "туындылары бос идентификатор",
    ),
    # Removed parts
    "not_reserved": (
        "neither the prefix {prefix} nor its namespace",
        "ни префикс {prefix}, ни его пространство имён",
        "{prefix} префиксі де, оның атаулар кеңістігі де болмауы",
    ),
    "fitting_manifest": (
        "one at most, written by the sender; document and manifest together give its committed digest",
        "не более одной, составленной отправителем; документ и опись вместе дают её хеш-сумму",
        "ең көбі біреу, жіберуші жасаған; құжат пен тізімдеме бірге оның хеш-сомасын береді",
    ),
    "absolute_namespaces": (
        "absolute URIs as namespace names",
        "абсолютные URI в качестве имён пространств имён",
        "атаулар кеңістігінің аттары ретінде абсолютті URI",
    ),
    # The caller
    "known_caller": (
        "a known bearer token or client certificate",
        "известный токен или сертификат клиента",
        "белгілі токен немесе клиент сертификаты",
    ),
    "party_of_certificate": (
        "the party of the client certificate",
        "сторона, которой принадлежит сертификат клиента",
        "клиент сертификаты тиесілі тарап",
    ),
    "listed_party": (
        "the certificate of a listed party",
        "сертификат стороны из списка",
        "тізімдегі тараптың сертификаты",
    ),
    # Requests
    "path_of_openapi": ("a path of /openapi.json", "путь из /openapi.json", "/openapi.json ішіндегі жол"),
    "own_message": (
        "a message this system posted",
        "сообщение, отправленное этой системой",
        "осы жүйе жіберген хабарлама",
    ),
    "own_item": (
        "an item of this system's inbox",
        "элемент входящих этой системы",
        "осы жүйенің кіріс жәшігіндегі элемент",
    ),
    "own_payload": (
        "a payload of this item, counted from 0",
        "вложение этого элемента, считая с 0",
        "осы элементтің 0-ден саналатын салымы",
    ),
    "leased": (
        "the lease that POST /inbox/lease answered",
        "lease из ответа на POST /inbox/lease",
        "POST /inbox/lease жауабындағы lease",
    ),
    "lease_held": (
        "a lease that is still held; lease the item again",
        "действующая блокировка (lease); запросите её снова",
        "күші бар бұғаттау (lease); оны қайта сұратыңыз",
    ),
    "not_encoded": (
        "none: bodies are sent as they are",
        "отсутствует: тело передаётся без кодирования",
        "жоқ: дене кодталмай жіберіледі",
    ),
    "message_part": ("one, with the XML document", "одна часть, с документом XML", "XML құжаты бар бір бөлік"),
    "form_parts": (
        "parts {names}; only attachment more than once",
        "части {names}; несколько раз только attachment",
        "{names} бөліктері; тек attachment бірнеше рет",
    ),
    "file_name": (
        "a file name without control characters",
        "имя файла без управляющих символов",
        "басқару таңбаларынсыз файл атауы",
    ),
    "more_faults": (
        "{n} beyond the first {most}",
        "ещё {n} сверх первых {most}",
        "алғашқы {most} қатеден тыс тағы {n}",
    ),
    # The service
    "digest_in_log": (
        "the digest in the delivery log",
        "хеш-сумма из журнала доставки",
        "жеткізу журналындағы хеш-сома",
    ),
    "redaction_key": ("the redaction key {name}", "ключ изъятия {name}", "{name} алып тастау кілті"),
    "stable_memory": (
        "a stable id memory",
        "неизменная память идентификаторов",
        "тұрақты идентификаторлар жады",
    ),
    "writable_store": (
        "a store that can be written",
        "хранилище, доступное для записи",
        "жазуға қолжетімді қойма",
    ),
    **EXCHANGE,
    **EVIDENCE,
    **HEADER,
    **RETENTION,
}

# A facet by its name in XML Schema ► its words.
FACETS: dict[str, Phrase] = {
    "pattern": ("pattern {value}", "шаблон {value}", "үлгі {value}"),
    "length": ("length {value}", "длина {value}", "ұзындығы {value}"),
    "minLength": ("min length {value}", "длина от {value}", "ұзындығы кемінде {value}"),
    "maxLength": ("max length {value}", "длина до {value}", "ұзындығы ең көбі {value}"),
    "minInclusive": ("≥ {value}", "≥ {value}", "≥ {value}"),
    "maxInclusive": ("≤ {value}", "≤ {value}", "≤ {value}"),
    "minExclusive": ("> {value}", "> {value}", "> {value}"),
    "maxExclusive": ("< {value}", "< {value}", "< {value}"),
    "totalDigits": ("digits {value}", "всего цифр не более {value}", "барлығы {value} цифрға дейін"),
    "fractionDigits": (
        "fraction digits {value}",
        "цифр после запятой не более {value}",
        "үтірден кейін {value} цифрға дейін",
    ),
    "enumeration": ("one of {value}", "одно из {value}", "мыналардың бірі {value}"),
    "anySimpleType": ("value", "значение", "мән"),
}
