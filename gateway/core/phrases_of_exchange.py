"""Phrases about the exchange itself: AS4 headers, signatures, waiting, the regulation, rehearsals.

Three tellings for each, as in `phrases`, which takes them all in.
"""

Phrase = tuple[str, str, str]  # in the order of `Language`: en, ru, kk

EXCHANGE: dict[str, Phrase] = {
    # AS4: MIME structure and ebMS header
    "matching_receipt": (
        "the MessageId and the digests of what was sent",
        "MessageId и хеш-суммы отправленного",
        "жіберілгеннің MessageId мәні мен хеш-сомалары",
    ),
    "sent_message": (
        "the MessageId of a message that was sent from here",
        "MessageId отправленного отсюда сообщения",
        "осы жерден жіберілген хабардың MessageId мәні",
    ),
    "message_to_sender": (
        "a message that was sent to the sender of the signal",
        "сообщение, отправленное отправителю сигнала",
        "сигнал жіберушісіне жіберілген хабар",
    ),
    "known_channel": (
        "a channel that messages are pulled from",
        "канал, из которого забирают сообщения",
        "хабарлар алынатын арна",
    ),
    "own_channel": (
        "a channel of the party that the certificate belongs to",
        "канал стороны, которой принадлежит сертификат",
        "сертификат иесі болып табылатын тараптың арнасы",
    ),
    "one_member": ("one complete gzip member", "один целый блок gzip", "бір бүтін gzip блогы"),
    "boundary": ("a boundary parameter", "параметр boundary", "boundary параметрі"),
    "boundary_first": (
        "the boundary at the start of a line",
        "граница (boundary) в начале строки",
        "жол басындағы шекара (boundary)",
    ),
    "closing_boundary": ("a closing boundary", "закрывающая граница (boundary)", "жабатын шекара (boundary)"),
    "a_part": ("at least one part", "не менее одной части", "кемінде бір бөлік"),
    # AS4: encryption of payloads
    "decrypts": (
        "what a key of this gateway opens, unaltered",
        "то, что открывается ключом этого шлюза, без изменений",
        "осы шлюздің кілтімен ашылатын, өзгертілмеген мазмұн",
    ),
    "encrypted_attachments": (
        "whole attachments encrypted: Attachment-Content-Only, one CipherReference to a cid:",
        "зашифрованы целые вложения: Attachment-Content-Only, один CipherReference на cid:",
        "тұтас тіркемелер шифрланған: Attachment-Content-Only, cid: мәніне бір CipherReference",
    ),
    "encrypted_once": (
        "each part encrypted once",
        "каждая часть зашифрована один раз",
        "әр бөлік бір рет шифрланған",
    ),
    "encrypts_for": (
        "a certificate of the party that messages can be encrypted for",
        "сертификат стороны, для которого можно зашифровать сообщения",
        "хабарламаларды шифрлауға болатын тараптың сертификаты",
    ),
    "encrypted_all": (
        "all parts of the message encrypted, and nothing else",
        "зашифрованы все части сообщения и ничего больше",
        "хабарламаның барлық бөліктері шифрланған, басқа ештеңе емес",
    ),
    # MIME: what would have two readings
    "root_part": (
        "the part that start names, within the first megabyte",
        "часть, названная в start, в пределах первого мегабайта",
        "start атаған бөлік, алғашқы мегабайт ішінде",
    ),
    "header_once": (
        "each header of a part once",
        "каждый заголовок части один раз",
        "бөліктің әр тақырыптамасы бір рет",
    ),
    "content_id_once": (
        "a Content-ID of its own for every part",
        "свой Content-ID у каждой части",
        "әр бөліктің өз Content-ID мәні",
    ),
    "transfer_encoding": (
        "Content-Transfer-Encoding: binary, 8bit, 7bit or base64",
        "Content-Transfer-Encoding: binary, 8bit, 7bit или base64",
        "Content-Transfer-Encoding: binary, 8bit, 7bit немесе base64",
    ),
    # AS4: the signature of a message
    "found_certificate": (
        "a certificate of the message or of the partner, found by ds:KeyInfo",
        "сертификат из сообщения или сертификат партнёра, найденный по ds:KeyInfo",
        "ds:KeyInfo бойынша табылған, хабарламадағы немесе серіктестің сертификаты",
    ),
    "no_comments": (
        "no comments and no processing instructions",
        "без комментариев и инструкций обработки",
        "түсініктемелер мен өңдеу нұсқауларынсыз",
    ),
    "ids_once": (
        "each Id once in the whole envelope",
        "каждый Id один раз во всём конверте",
        "бүкіл конвертте әр Id бір рет",
    ),
    "signature_pieces": (
        "the elements of XML Signature, each in its place, and no others",
        "элементы XML Signature на своих местах и никаких других",
        "орнында тұрған XML Signature элементтері, басқалары жоқ",
    ),
    "only_transforms": (
        "exclusive canonical XML for elements, Attachment-Content-Signature-Transform for parts, nothing else",
        "для элементов exclusive canonical XML, для частей Attachment-Content-Signature-Transform, ничего больше",
        "элементтерге exclusive canonical XML, бөліктерге Attachment-Content-Signature-Transform, басқа ештеңе емес",
    ),
    "own_target": (
        "the Id of eb:Messaging, S12:Body or a piece of wsse:Security, or cid: and a Content-ID",
        "Id элемента eb:Messaging, S12:Body или части wsse:Security либо cid: и Content-ID",
        "eb:Messaging, S12:Body не wsse:Security бөлігінің Id мәні немесе cid: және Content-ID",
    ),
    "referenced_once": (
        "nothing referenced twice",
        "ни одной повторной ссылки",
        "ештеңеге екі рет сілтеме жоқ",
    ),
    "all_covered": (
        "a signature over eb:Messaging, S12:Body and every MIME part",
        "подпись над eb:Messaging, S12:Body и каждой частью MIME",
        "eb:Messaging, S12:Body және әр MIME бөлігін қамтитын қолтаңба",
    ),
    "same_digest": (
        "the digest of what was received",
        "хеш-сумма полученного",
        "алынғанның хеш-сомасы",
    ),
    "allowed_algorithm": (
        "an algorithm that the P-Mode allows",
        "алгоритм, разрешённый в P-Mode",
        "P-Mode рұқсат еткен алгоритм",
    ),
    "fitting_key": (
        "a key of the method's kind and strength",
        "ключ того вида и той стойкости, которых требует метод",
        "әдіс талап ететін түр мен беріктіктегі кілт",
    ),
    "signature_made": (
        "a value that the certificate's key made over ds:SignedInfo",
        "значение, созданное ключом сертификата над ds:SignedInfo",
        "сертификат кілті ds:SignedInfo үшін жасаған мән",
    ),
    # The sender's signature over its document
    "signature_last": (
        "ds:Signature as the last child of the root, once",
        "ds:Signature последним в корневом элементе, один раз",
        "ds:Signature түбірлік элементтің соңында, бір рет",
    ),
    "signature_whole": (
        'one ds:Reference with URI="", enveloped, canonicalised without comments',
        'один ds:Reference с URI="", enveloped, каноническая форма без комментариев',
        'URI="" бар бір ds:Reference, enveloped, түсініктемесіз канондық пішін',
    ),
    "signature_named": (
        "ds:X509Certificate: one of the sender's registered signers",
        "ds:X509Certificate одного из зарегистрированных подписантов отправителя",
        "ds:X509Certificate: жіберушінің тіркелген қол қоюшыларының бірі",
    ),
    "signature_bare": (
        "methods, one reference, values and certificates, and nothing else",
        "методы, одна ссылка, значения и сертификаты, и ничего больше",
        "әдістер, бір сілтеме, мәндер мен сертификаттар, басқа ештеңе емес",
    ),
    "signature_holds": (
        "a signature by SHA-256 or better that holds over the document as it was received",
        "подпись на SHA-256 или более стойком алгоритме, верная для полученного документа",
        "SHA-256 немесе одан берік алгоритммен жасалған, алынған құжатқа сай қолтаңба",
    ),
    "signature_valid": (
        "a certificate that is valid now",
        "сертификат, действительный сейчас",
        "қазір жарамды сертификат",
    ),
    "signature_exact": (
        "no comments and no processing instructions in a signed document",
        "подписанный документ без комментариев и инструкций обработки",
        "қол қойылған құжатта түсініктемелер мен өңдеу нұсқаулары болмауы",
    ),
    # Whether we can sign
    "signing_key": (
        "a key under [as4] that signs by {methods}, with a certificate that is valid now",
        "ключ в [as4], который подписывает по {methods}, с сертификатом, действительным сейчас",
        "[as4] ішіндегі {methods} бойынша қол қоятын, сертификаты қазір жарамды кілт",
    ),
    # Whether the signer of a message is believed
    "trust_early": (
        "a certificate that is valid already (this one from {day})",
        "сертификат, срок которого уже начался (этот действует с {day})",
        "мерзімі басталған сертификат (бұл {day} күнінен бастап жарамды)",
    ),
    "trust_expired": (
        "a certificate that has not expired (this one did on {day})",
        "сертификат, срок которого не истёк (этот истёк {day})",
        "мерзімі өтпеген сертификат (бұл сертификаттың мерзімі {day} күні өткен)",
    ),
    "trust_usage": (
        "a certificate whose keyUsage allows signatures",
        "сертификат, keyUsage которого допускает подпись",
        "keyUsage қол қоюға рұқсат беретін сертификат",
    ),
    "trust_pinned": (
        "one of the party's registered message certificates",
        "один из зарегистрированных сертификатов сообщений этой стороны",
        "осы тараптың тіркелген хабарлама сертификаттарының бірі",
    ),
    "trust_leaf": (
        "the signer's own certificate, not an issuer's (the last one of a PKIPath)",
        "сертификат самого подписавшего, а не издателя (в PKIPath последний)",
        "қол қоюшының өз сертификаты, шығарушынікі емес (PKIPath ішінде соңғысы)",
    ),
    "trust_issuer": (
        "a certificate that leads to a trusted issuer, with the issuers between",
        "сертификат, цепочка которого вместе с промежуточными издателями ведёт к доверенному издателю",
        "аралық шығарушылармен бірге тізбегі сенімді шығарушыға жеткізетін сертификат",
    ),
    "trust_weak": (
        "certificates signed with SHA-256 or better, with RSA keys from 2048 bits",
        "сертификаты с подписью на SHA-256 или более стойком алгоритме и ключами RSA от 2048 бит",
        "SHA-256 немесе одан берік алгоритммен қол қойылған, RSA кілттері 2048 биттен басталатын сертификаттар",
    ),
    "trust_critical": (
        "certificates whose critical extensions are all known here",
        "сертификаты, все критические расширения которых здесь известны",
        "барлық сыни кеңейтімдері осында белгілі сертификаттар",
    ),
    "trust_policy": (
        "a certificate issued under the policy {oid}",
        "сертификат, выданный по политике {oid}",
        "{oid} саясаты бойынша шығарылған сертификат",
    ),
    "trust_subject": (
        "a certificate issued to the party: {kind} = {value}",
        "сертификат, выданный этой стороне: {kind} = {value}",
        "осы тарапқа берілген сертификат: {kind} = {value}",
    ),
    "trust_revoked": (
        "a certificate that its issuer has not revoked",
        "сертификат, не отозванный издателем",
        "шығарушысы қайтарып алмаған сертификат",
    ),
    "trust_unknown": (
        "a certificate whose revocation status is known: a CRL or OCSP answer that is up to date",
        "сертификат с известным состоянием отзыва: нужен актуальный список отзыва (CRL) или ответ OCSP",
        "қайтарып алыну күйі белгілі сертификат: жаңартылған CRL немесе OCSP жауабы",
    ),
    "trust_readable": (
        "a certificate whose extensions can be read",
        "сертификат с читаемыми расширениями",
        "кеңейтімдері оқылатын сертификат",
    ),
    "working_suite": (
        "a national crypto suite that works (the log of the program says more)",
        "работающий национальный криптографический модуль (подробнее в журнале программы)",
        "жұмыс істеп тұрған ұлттық криптографиялық модуль (толығы бағдарлама журналында)",
    ),
    # Why a delivery waits
    "gate_waits": (
        "the partner as a whole waits for one probe: {why}",
        "обмен с партнёром ждёт одной пробной попытки: {why}",
        "серіктеспен алмасу бір сынақ әрекетін күтуде: {why}",
    ),
    "others_failed": (
        "others failed before",
        "предыдущие сообщения не доставлены",
        "алдыңғы хабарламалар жеткізілмеді",
    ),
    "last_failed": (
        "the last attempt failed: {why}",
        "последняя попытка не удалась: {why}",
        "соңғы әрекет сәтсіз аяқталды: {why}",
    ),
    "its_turn": (
        "its turn has not come, or an attempt is under way",
        "очередь не подошла, или попытка выполняется",
        "кезегі келген жоқ немесе әрекет орындалуда",
    ),
    "to_be_pulled": (
        "the partner has not come for it yet",
        "партнёр ещё не забрал его",
        "серіктес оны әлі алып кеткен жоқ",
    ),
    "receipt_awaited": (
        "the partner has pulled it; its receipt has not come yet",
        "партнёр его забрал; квитанция ещё не поступила",
        "серіктес оны алды; түбіртегі әлі келген жоқ",
    ),
    # Regulation of exchange
    "behind_movement": (
        "an earlier message of the same movement is not delivered yet: retry or drop that one",
        "более раннее сообщение той же перевозки ещё не доставлено: повторите или снимите его",
        "сол тасымалдың бұрынғы хабарламасы әлі жеткізілген жоқ: оны қайталаңыз немесе алып тастаңыз",
    ),
    "awaiting_transaction": (
        "an open transaction that awaits it",
        "открытая транзакция, которая его ждёт",
        "оны күтіп тұрған ашық транзакция",
    ),
    "known_message": (
        "the MessageId of a message of this exchange",
        "MessageId одного из сообщений этого обмена",
        "осы алмасу хабарламаларының бірінің MessageId-і",
    ),
    "own_conversation": (
        "a conversation of this system",
        "обмен сообщениями этой системы",
        "осы жүйенің хабар алмасуы",
    ),
    # Why a stored message is not rehearsed
    "other_agreement": (
        "exchanged under {name}",
        "передано по соглашению {name}",
        "{name} келісімі бойынша алмасылған",
    ),
    "no_version": (
        "{name} has no version {version}",
        "у {name} нет версии {version}",
        "{name} үшін {version} нұсқасы жоқ",
    ),
    "party_gone": (
        "{name} is no longer configured",
        "{name} больше нет в настройках",
        "{name} енді баптауларда жоқ",
    ),
    "body_damaged": (
        "the stored body differs from its digest",
        "хранимое тело не совпадает со своей хеш-суммой",
        "сақталған дене өз хеш-сомасына сәйкес келмейді",
    ),
    # What the command line says around a refusal
    "refused": ("refused", "отказано", "қабылданбады"),
    "expected": ("expected {what}", "ожидалось {what}", "күтілгені {what}"),
    "at_position": ("line {line}, column {column}", "строка {line}, столбец {column}", "{line}-жол, {column}-баған"),
}
