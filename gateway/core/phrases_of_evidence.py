"""Phrases about evidence: what is refused in an export, and what a bundle's cover sheet says.

Three tellings for each, as in `phrases`, which takes in those of faults.
"""

from gateway.core.phrases_of_exchange import Phrase

EVIDENCE: dict[str, Phrase] = {
    "evidence_xades_key": (
        "an RSA or ECDSA key that signs messages: ASiC-E is not signed with Ed25519",
        "ключ RSA или ECDSA для подписи сообщений: ASiC-E не подписывается ключом Ed25519",
        "хабарларға қол қоятын RSA немесе ECDSA кілті: ASiC-E контейнеріне Ed25519 кілтімен қол қойылмайды",
    ),
    "evidence_unknown": (
        "something that the delivery log knows",
        "то, что известно журналу доставки",
        "жеткізу журналына белгілі нәрсе",
    ),
    "evidence_waits": (
        "entries that have their place in the tree; a running gateway gives it within a second",
        "записи, получившие место в дереве; работающий шлюз даёт его за секунду",
        "ағаштан орын алған жазбалар; жұмыс істеп тұрған шлюз оны бір секундта береді",
    ),
    "evidence_most": (
        "at most {n} messages in one bundle",
        "не более {n} сообщений в одном пакете",
        "бір топтамада ең көбі {n} хабар",
    ),
    "evidence_checkpoint": (
        "a signed checkpoint that covers the entries",
        "подписанная контрольная точка, охватывающая записи",
        "жазбаларды қамтитын, қол қойылған бақылау нүктесі",
    ),
    "evidence_folder": (
        "an empty folder, or one that this log was exported to before",
        "пустая папка или папка, куда этот журнал уже выгружался",
        "бос қапшық немесе осы журнал бұрын шығарылған қапшық",
    ),
    "evidence_beginning": (
        "a folder that holds the beginning of this log",
        "папка, в которой лежит начало этого журнала",
        "осы журналдың басы жатқан қапшық",
    ),
}

# What the sheet itself says.
COVER: dict[str, Phrase] = {
    # Head
    "title": (
        "Evidence of electronic messages",
        "Доказательства об электронных сообщениях",
        "Электрондық хабарлар туралы дәлелдемелер",
    ),
    "intro": (
        "This sheet explains what is in the bundle. It proves nothing by itself: the proof is in the files beside it, and anyone can check them with the command at the end.",
        "Этот лист поясняет содержание пакета. Сам по себе он ничего не доказывает: доказательства находятся в файлах рядом с ним, и каждый может проверить их командой, приведённой в конце.",
        "Бұл парақ топтаманың мазмұнын түсіндіреді. Парақтың өзі ештеңені дәлелдемейді: дәлелдемелер қасындағы файлдарда, оларды кез келген адам соңында көрсетілген командамен тексере алады.",
    ),
    "subject": ("About", "Предмет", "Не туралы"),
    "made": ("Made (UTC)", "Составлено (UTC)", "Жасалған уақыты (UTC)"),
    "by": ("Made by", "Составитель", "Жасаған"),
    "log": ("Delivery log", "Журнал доставки", "Жеткізу журналы"),
    "key": ("Key of the log", "Ключ журнала", "Журналдың кілті"),
    # Messages
    "message": ("Message {n}: {type}", "Сообщение {n}: {type}", "{n}-хабар: {type}"),
    "no_message": (
        "No message is stored: it was refused, and nothing of it was kept. Its entries are below.",
        "Сообщение не хранится: оно отклонено, и ничего из него не сохранено. Записи о нём приведены ниже.",
        "Хабар сақталмаған: ол қабылданбады және одан ештеңе қалдырылған жоқ. Ол туралы жазбалар төменде.",
    ),
    "direction": ("Direction", "Направление", "Бағыты"),
    "edge_national": (
        "outgoing: posted by the national system",
        "исходящее: передано национальной системой",
        "шығыс: ұлттық жүйе жіберген",
    ),
    "edge_partner": (
        "incoming: from the partner's gateway",
        "входящее: от шлюза партнёра",
        "кіріс: серіктестің шлюзінен",
    ),
    "sender": ("Sender", "Отправитель", "Жіберуші"),
    "recipient": ("Recipient", "Получатель", "Алушы"),
    "agreement": ("Agreement", "Соглашение", "Келісім"),
    "accepted": ("Accepted (UTC)", "Принято (UTC)", "Қабылданды (UTC)"),
    "delivered": (
        "Delivered, receipt checked (UTC)",
        "Доставлено, квитанция проверена (UTC)",
        "Жеткізілді, түбіртек тексерілді (UTC)",
    ),
    "not_delivered": (
        "no checked receipt when the bundle was made",
        "проверенной квитанции при составлении пакета не было",
        "топтама жасалғанда тексерілген түбіртек болған жоқ",
    ),
    "parts": ("What it consists of", "Состав сообщения", "Хабардың құрамы"),
    "part_name": ("Part", "Часть", "Бөлік"),
    "part_type": ("Type", "Тип", "Түрі"),
    "part_size": ("Bytes", "Байты", "Байт"),
    "part_digest": ("SHA-256 of the content", "SHA-256 содержимого", "Мазмұнның SHA-256 мәні"),
    "part_file": ("In the bundle", "В пакете", "Топтамада"),
    "document": ("document", "документ", "құжат"),
    "removed": (
        "Fields of restricted access that were removed",
        "Изъятые поля ограниченного доступа",
        "Алып тасталған, қолжетімділігі шектеулі өрістер",
    ),
    "removed_none": (
        "Nothing was removed here.",
        "Здесь ничего не изымалось.",
        "Мұнда ештеңе алып тасталған жоқ.",
    ),
    "rule": ("Rule", "Правило", "Ереже"),
    "place": ("Place", "Место", "Орны"),
    "count": ("How many", "Количество", "Саны"),
    "class": ("Class", "Категория", "Санаты"),
    "ground": ("Legal ground", "Правовое основание", "Құқықтық негізі"),
    "signatures": ("Signatures", "Подписи", "Қолтаңбалар"),
    "signed_by_sender": (
        "Sender, over header and parts",
        "Отправитель, под заголовком и частями",
        "Жіберуші, тақырыпша мен бөліктер үшін",
    ),
    "signed_by_recipient": (
        "Recipient's receipt, digest by digest",
        "Квитанция получателя, по каждой хеш-сумме",
        "Алушының түбіртегі, әр хеш-сома бойынша",
    ),
    "certificate": (
        "certificate of {name}, SHA-256 {digest}",
        "сертификат: {name}, SHA-256 {digest}",
        "сертификат: {name}, SHA-256 {digest}",
    ),
    "certificate_unknown": (
        "signed; the certificate is only named and not known here any more",
        "подписано; сертификат лишь назван и здесь больше не известен",
        "қол қойылған; сертификат тек аталған, мұнда енді белгісіз",
    ),
    # Entries
    "entries": ("Entries of the delivery log", "Записи журнала доставки", "Жеткізу журналының жазбалары"),
    "index": ("No.", "№", "№"),
    "time": ("Time (UTC)", "Время (UTC)", "Уақыты (UTC)"),
    "event": ("What happened", "Что произошло", "Не болды"),
    "hash": ("Leaf hash", "Хеш листа", "Жапырақ хеші"),
    # Checkpoints
    "vouched": ("Who confirms the log", "Кто подтверждает журнал", "Журналды кім растайды"),
    "entries_covered": ("Entries covered", "Охвачено записей", "Қамтылған жазбалар"),
    "root": ("Root of the tree", "Корень дерева", "Ағаштың түбірі"),
    "cosigned": ("Cosigned by", "Заверили", "Растап қол қойғандар"),
    "stamped": ("Time stamp", "Метка времени", "Уақыт белгісі"),
    "nobody": ("nobody so far", "пока никто", "әзірге ешкім"),
    "no_stamp": ("none", "нет", "жоқ"),
    # What is proven
    "proven": ("What is proven, and by whom", "Что и кем доказано", "Не және кім арқылы дәлелденген"),
    "claim_written": (
        "These entries stand in the log, unchanged, in this order",
        "Эти записи стоят в журнале, неизменные, в этом порядке",
        "Бұл жазбалар журналда өзгертілмеген күйде, осы ретпен тұр",
    ),
    "claim_same": (
        "The log has not shown others another history",
        "Журнал не показывал другим иной истории",
        "Журнал басқаларға өзге тарихты көрсеткен жоқ",
    ),
    "claim_time": (
        "The entries were there no later than this time",
        "Записи существовали не позднее этого времени",
        "Жазбалар осы уақыттан кешіктірілмей болған",
    ),
    "claim_sent": (
        "Message {n}: the sender sent this header and these parts",
        "Сообщение {n}: отправитель отправил этот заголовок и эти части",
        "{n}-хабар: жіберуші осы тақырыпша мен осы бөліктерді жіберді",
    ),
    "claim_delivered": (
        "Message {n}: the recipient received exactly this",
        "Сообщение {n}: получатель получил именно это",
        "{n}-хабар: алушы дәл осыны алды",
    ),
    "by_log": (
        "signature of {name} under the checkpoint, inclusion proofs",
        "подпись {name} под контрольной точкой, доказательства включения",
        "{name} бақылау нүктесіне қойған қолтаңба, енгізу дәлелдемелері",
    ),
    "by_cosigners": (
        "cosignatures of {names}",
        "заверяющие подписи: {names}",
        "растаушы қолтаңбалар: {names}",
    ),
    "by_stamp": (
        "time-stamp authority, {time}",
        "служба меток времени, {time}",
        "уақыт белгісі қызметі, {time}",
    ),
    "by_signature": ("the signature above", "подпись, указанная выше", "жоғарыда көрсетілген қолтаңба"),
    "by_nobody": ("not proven", "не доказано", "дәлелденбеген"),
    "by_own_log": (
        "this log alone says so",
        "об этом говорит только этот журнал",
        "бұл туралы тек осы журнал айтады",
    ),
    "open": ("What is not proven", "Что не доказано", "Не дәлелденбеген"),
    "open_truth": (
        "whether what the documents say is true",
        "верны ли сведения в самих документах",
        "құжаттардағы мәліметтердің ақиқаттығы",
    ),
    "open_removed": (
        "what stood in removed fields: whoever has the original can show it, field by field (gateway redaction prove)",
        "что стояло в изъятых полях: это может показать по каждому полю тот, у кого есть оригинал (gateway redaction prove)",
        "алып тасталған өрістерде не болғаны: оны түпнұсқасы бар адам әр өріс бойынша көрсете алады (gateway redaction prove)",
    ),
    "open_trust": (
        "whose the keys and certificates are: compare them with what you have from their owners",
        "чьи это ключи и сертификаты: сверьте их с полученными от владельцев",
        "кілттер мен сертификаттар кімдікі екені: оларды иелерінен алынғандармен салыстырыңыз",
    ),
    "check": ("How to check", "Как проверить", "Қалай тексеруге болады"),
    "check_text": (
        "Offline, without this gateway. Take trust.toml, with the keys and certificates you trust, over another way than this bundle. Every step and every fault is listed.",
        "Без сети и без этого шлюза. Файл trust.toml с ключами и сертификатами, которым вы доверяете, получите иным путём, чем этот пакет. Перечисляются каждый шаг и каждая ошибка.",
        "Желісіз және осы шлюзсіз. Өзіңіз сенетін кілттер мен сертификаттар жазылған trust.toml файлын осы топтамадан басқа жолмен алыңыз. Әр қадам мен әр қате көрсетіледі.",
    ),
}

# Kind of entry ► what happened.
HAPPENED: dict[str, Phrase] = {
    "accepted": (
        "accepted from the national system, stored",
        "принято от национальной системы, сохранено",
        "ұлттық жүйеден қабылданды, сақталды",
    ),
    "received": (
        "received from the partner, stored",
        "получено от партнёра, сохранено",
        "серіктестен алынды, сақталды",
    ),
    "refused": ("refused", "отклонено", "қабылданбады"),
    "duplicate": (
        "came again, got the same answer",
        "поступило повторно, дан тот же ответ",
        "қайта келді, сол жауап берілді",
    ),
    "attempt": ("delivery attempt failed for now", "попытка доставки не удалась", "жеткізу әрекеті сәтсіз болды"),
    "delivered": (
        "delivered, receipt checked",
        "доставлено, квитанция проверена",
        "жеткізілді, түбіртек тексерілді",
    ),
    "resecured": ("signed anew", "подписано заново", "қайта қол қойылды"),
    "pushed": ("taken over by the national system", "принято национальной системой", "ұлттық жүйе қабылдады"),
    "failed": (
        "refused by the recipient for good",
        "окончательно отклонено получателем",
        "алушы біржола қабылдамады",
    ),
    "unproven": ("recipient has it, no receipt", "у получателя есть, квитанции нет", "алушыда бар, түбіртек жоқ"),
    "expired": ("deadline passed", "срок истёк", "мерзімі өтті"),
    "inbox-read": ("read by the national system", "прочитано национальной системой", "ұлттық жүйе оқыды"),
    "acknowledged": (
        "taken over by the national system",
        "принято национальной системой",
        "ұлттық жүйе қабылдады",
    ),
    "late": ("an answer is late", "ответ запаздывает", "жауап кешігуде"),
    "lapsed": ("nothing is awaited any more", "больше ничего не ожидается", "енді ештеңе күтілмейді"),
    "rejected": (
        "transaction ended with an error",
        "транзакция завершилась ошибкой",
        "транзакция қатемен аяқталды",
    ),
    "cancelled": ("transaction cancelled", "транзакция отменена", "транзакция тоқтатылды"),
    "hold": ("held by an operator", "остановлено оператором", "оператор тоқтатты"),
    "release": ("released by an operator", "возобновлено оператором", "оператор жалғастырды"),
    "retry": ("new attempts asked by an operator", "повтор по решению оператора", "оператор шешімімен қайталау"),
    "fail": ("declared failed by an operator", "признано неудачным оператором", "оператор сәтсіз деп таныды"),
    "drop": ("given up by an operator", "снято оператором", "оператор бас тартты"),
    "integrity": ("stored bytes differ", "хранимые данные отличаются", "сақталған деректер өзгеше"),
    "exported": ("evidence exported", "выгружены доказательства", "дәлелдемелер шығарылды"),
    "looked": ("looked at", "сведения просмотрены", "мәліметтері қаралды"),
    "notified": ("the national system was told", "национальная система извещена", "ұлттық жүйеге хабарланды"),
    "cancel": ("cancelled by an operator", "отменено оператором", "оператор тоқтатты"),
    "unsignalled": ("a signal could not be made", "сигнал составить не удалось", "сигнал құрастырылмады"),
    "signalled": ("a signal of the partner came", "поступил сигнал партнёра", "серіктестің сигналы келді"),
    "security": ("security event", "событие безопасности", "қауіпсіздік оқиғасы"),
    "purge-proposed": ("deletion proposed", "предложено удаление", "жою ұсынылды"),
    "purge-approved": ("deletion approved", "удаление одобрено", "жою мақұлданды"),
    "purged": (
        "content deleted after the agreed time",
        "содержимое удалено по сроку",
        "мазмұны мерзімі өткен соң жойылды",
    ),
    "restored": (
        "content put back from an archive",
        "содержимое восстановлено из архива",
        "мазмұны мұрағаттан қалпына келтірілді",
    ),
}

# Why something is not in a bundle, or cannot be checked again (evidence/facts.py).
ABSENT: dict[str, Phrase] = {
    "purged": (
        "no: deleted after the agreed time, the log shows it",
        "нет: удалено по истечении согласованного срока, что видно из журнала",
        "жоқ: келісілген мерзім өткен соң жойылды, бұл журналда көрсетілген",
    ),
    "not-kept": ("no: not kept here", "нет: здесь не хранится", "жоқ: мұнда сақталмайды"),
    "stripped": (
        "not kept, because fields were removed on arrival; the signature was checked then",
        "не хранится, так как при поступлении изъяты поля; подпись тогда была проверена",
        "сақталмайды, себебі келгенде өрістер алып тасталды; қолтаңба сол кезде тексерілді",
    ),
    "unsigned": (
        "not signed, as agreed with this partner: nothing here proves who sent it but this log",
        "не подписано, как согласовано с этим партнёром: кто отправитель, подтверждает только этот журнал",
        "осы серіктеспен келісілгендей қол қойылмаған: жіберушінің кім екенін тек осы журнал растайды",
    ),
    "repacked": (
        "kept in another form than it was signed in; the signature was checked on arrival",
        "хранится в ином виде, чем подписано; подпись проверена при поступлении",
        "қол қойылғаннан басқа түрде сақталған; қолтаңба келгенде тексерілді",
    ),
    "left-out": (
        "no: left out when the bundle was made",
        "нет: не включено при составлении пакета",
        "жоқ: топтама жасалғанда енгізілмеді",
    ),
    "absent": ("none so far", "пока нет", "әзірге жоқ"),
}

# What a bundle is about.
SUBJECTS: dict[str, Phrase] = {
    "message": ("message {value}", "сообщение {value}", "{value} хабары"),
    "conversation": ("conversation {value}", "переписка {value}", "{value} хат алмасуы"),
    "movement": ("movement {value}", "перемещение {value}", "{value} тасымалы"),
    "archive": ("archive {value}", "архив {value}", "{value} мұрағаты"),
}
