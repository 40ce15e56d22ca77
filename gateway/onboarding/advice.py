"""What the doctor says: for each finding what is wrong and what to do, in English, Russian and Kazakh."""

from collections.abc import Mapping

from gateway.core.language import Language
from gateway.onboarding.advice_of_connecting import CONNECTING, Phrase

# Finding ► (what is wrong, what to do).
ADVICE: Mapping[str, tuple[Phrase, Phrase]] = {
    **CONNECTING,
    "clock_differs": (
        (
            "the clocks differ by {seconds} seconds: the partner's is {way}",
            "часы расходятся на {seconds} с: у партнёра они {way}",
            "сағаттар {seconds} секундқа ерекшеленеді: серіктестікі {way}",
        ),
        (
            "both sides take their time from NTP; deadlines, certificates and evidence depend on it",
            "обе стороны берут время по NTP; от него зависят сроки, сертификаты и доказательства",
            "екі тарап уақытты NTP арқылы алады; мерзімдер, сертификаттар мен дәлелдемелер соған байланысты",
        ),
    ),
    "path_wrong": (
        (
            "HTTP {status}: there is no AS4 service at {path}",
            "HTTP {status}: по пути {path} нет службы AS4",
            "HTTP {status}: {path} жолында AS4 қызметі жоқ",
        ),
        (
            "ask for the whole URL: Domibus …/domibus/services/msh, Holodeck …/msh or /holodeckb2b/as4, phase4 mostly …/as4",
            "спросите полный URL: Domibus …/domibus/services/msh, Holodeck …/msh или /holodeckb2b/as4, phase4 чаще …/as4",
            "толық URL сұраңыз: Domibus …/domibus/services/msh, Holodeck …/msh не /holodeckb2b/as4, phase4 көбіне …/as4",
        ),
    ),
    "http_refused": (
        (
            "HTTP {status} without an AS4 message: something before the gateway refuses us",
            "HTTP {status} без сообщения AS4: нам отказывает что-то перед шлюзом",
            "HTTP {status}, AS4 хабарламасы жоқ: шлюз алдындағы бірдеңе бізге бас тартады",
        ),
        (
            "a proxy or firewall of the partner wants another certificate, address or login: it lets our certificate through",
            "прокси или экран партнёра ждёт другой сертификат, адрес или вход: его настраивают пропускать наш сертификат",
            "серіктестің проксиі не экраны басқа сертификатты, мекенжайды немесе кіруді күтеді: біздің сертификатты өткізетін етіп бапталады",
        ),
    ),
    "http_broken": (
        (
            "HTTP {status}: the partner's server fails",
            "HTTP {status}: сервер партнёра сбоит",
            "HTTP {status}: серіктестің сервері істен шыққан",
        ),
        (
            "nothing to do here; its operator looks into its log of this moment",
            "здесь ничего делать не нужно; оператор партнёра смотрит свой журнал за этот момент",
            "мұнда істейтін ештеңе жоқ; серіктестің операторы осы сәттегі журналын қарайды",
        ),
    ),
    "not_as4": (
        (
            "the answer is no AS4 message: HTTP {status}, {kind}",
            "ответ — не сообщение AS4: HTTP {status}, {kind}",
            "жауап AS4 хабарламасы емес: HTTP {status}, {kind}",
        ),
        (
            "another application answers, or receipts are sent later: the partner sets ReplyPattern Response",
            "отвечает другое приложение, или квитанции отправляются позже: партнёр задаёт ReplyPattern Response",
            "басқа қолданба жауап береді немесе түбіртектер кейін жіберіледі: серіктес ReplyPattern Response қояды",
        ),
    ),
    "no_answer": (
        ("no answer: {meaning}", "нет ответа: {meaning}", "жауап жоқ: {meaning}"),
        (
            "the connection works, but the message is not answered: its server hangs, or a proxy stops bodies",
            "соединение есть, но на сообщение нет ответа: сервер завис, или прокси задерживает тело",
            "байланыс бар, бірақ хабарламаға жауап жоқ: сервер қатып қалған немесе прокси денені тоқтатады",
        ),
    ),
    "error_0010": (
        (
            "{code}: the partner has no P-Mode for our message; it names: {fields}",
            "{code}: у партнёра нет P-Mode для нашего сообщения; названо: {fields}",
            "{code}: серіктесте біздің хабарламаға P-Mode жоқ; аталғаны: {fields}",
        ),
        (
            (
                "compare letter by letter: PartyIds with type, roles, service with type, action, AgreementRef; "
                "`gateway party export` writes what it has to set; Domibus also for a property or Content-ID that it does not know"
            ),
            (
                "сравните по буквам: PartyId с типом, роли, service с типом, action, AgreementRef; "
                "`gateway party export` пишет нужные настройки; Domibus — также из-за неизвестного свойства или Content-ID"
            ),
            (
                "әріптеп салыстырыңыз: түрімен PartyId, рөлдер, түрімен service, action, AgreementRef; "
                "`gateway party export` керек баптауларды жазады; Domibus — белгісіз қасиет немесе Content-ID үшін де"
            ),
        ),
    ),
    "error_0101": (
        (
            "{code}: the partner could not authenticate our message",
            "{code}: партнёр не смог проверить подлинность нашего сообщения",
            "{code}: серіктес біздің хабарламаның түпнұсқалығын тексере алмады",
        ),
        (
            (
                "it takes our message certificate {fingerprint}: Domibus into its truststore under the alias that is our party's name; "
                "phase4 and Holodeck into their truststore, issuers, too"
            ),
            (
                "он добавляет наш сертификат сообщений {fingerprint}: Domibus — в truststore под псевдонимом с именем нашей стороны; "
                "phase4 и Holodeck — в свой truststore вместе с издателями"
            ),
            (
                "ол біздің хабарлама сертификатын {fingerprint} қосады: Domibus — truststore ішіне біздің тараптың атымен; "
                "phase4 пен Holodeck — шығарушыларымен бірге өз truststore ішіне"
            ),
        ),
    ),
    "error_0102": (
        (
            "{code}: the partner could not decrypt",
            "{code}: партнёр не смог расшифровать",
            "{code}: серіктес шифрын аша алмады",
        ),
        (
            "we encrypt for an old certificate of it, or by another algorithm: compare its message certificate and the profile",
            "мы шифруем для его старого сертификата или другим алгоритмом: сравните сертификат сообщений и профиль",
            "біз оның ескі сертификатына немесе басқа алгоритммен шифрлаймыз: хабарлама сертификаты мен профильді салыстырыңыз",
        ),
    ),
    "error_0103": (
        (
            "{code}: the partner's security policy wants something else",
            "{code}: политика безопасности партнёра требует иного",
            "{code}: серіктестің қауіпсіздік саясаты басқаны талап етеді",
        ),
        (
            (
                "compare profile, algorithms and token (X509v3 or PKIPath): Domibus the policy of the leg, phase4 the leg's security, "
                "Holodeck its Signing element"
            ),
            (
                "сравните профиль, алгоритмы и токен (X509v3 или PKIPath): Domibus — политика leg, phase4 — security у leg, "
                "Holodeck — элемент Signing"
            ),
            (
                "профильді, алгоритмдерді және токенді (X509v3 не PKIPath) салыстырыңыз: Domibus — leg саясаты, phase4 — leg security, "
                "Holodeck — Signing элементі"
            ),
        ),
    ),
    "error_header": (
        (
            "{code}: the partner does not take our header",
            "{code}: партнёр не принимает наш заголовок",
            "{code}: серіктес біздің тақырыпты қабылдамайды",
        ),
        (
            "mostly a PartyId or service without type that is no URI, or a property it wants: see its detail",
            "чаще всего PartyId или service без типа, не являющийся URI, или недостающее свойство: см. подробности",
            "көбіне URI емес, түрсіз PartyId не service немесе ол талап ететін қасиет: толығырағын қараңыз",
        ),
    ),
    "error_later": (
        (
            "{code}: the partner cannot take messages now",
            "{code}: партнёр сейчас не может принимать сообщения",
            "{code}: серіктес қазір хабарлама қабылдай алмайды",
        ),
        (
            "messages are repeated by themselves until their deadline; its operator looks at its backend and disk",
            "сообщения повторяются сами до своего срока; оператор партнёра проверяет свою систему и диск",
            "хабарламалар мерзіміне дейін өздігінен қайталанады; серіктестің операторы жүйесі мен дискісін тексереді",
        ),
    ),
    "error_other": (
        (
            "{code}: the partner refuses our test message",
            "{code}: партнёр отклоняет наше тестовое сообщение",
            "{code}: серіктес біздің сынақ хабарламасын қабылдамайды",
        ),
        (
            "see its detail below and ask for its log of this MessageId",
            "см. подробности ниже и запросите его журнал по этому MessageId",
            "төмендегі толық мәліметті қараңыз және осы MessageId бойынша журналын сұраңыз",
        ),
    ),
    "receipt_unsigned": (
        (
            "the receipt is not signed",
            "квитанция не подписана",
            "түбіртекке қол қойылмаған",
        ),
        (
            (
                "the partner signs signals, too: Domibus the same policy on the leg, phase4 SendReceiptNonRepudiation and signing of "
                "responses, Holodeck a Signing element of the Responder; or agree on plain-tls"
            ),
            (
                "партнёр подписывает и сигналы: Domibus — та же политика у leg, phase4 — SendReceiptNonRepudiation и подпись ответов, "
                "Holodeck — элемент Signing у Responder; либо согласуйте plain-tls"
            ),
            (
                "серіктес сигналдарға да қол қояды: Domibus — leg үшін сол саясат, phase4 — SendReceiptNonRepudiation және жауаптарға қол қою, "
                "Holodeck — Responder үшін Signing элементі; немесе plain-tls келісіңіз"
            ),
        ),
    ),
    "body_unsigned": (
        (
            "the receipt's signature does not cover {part}",
            "подпись квитанции не охватывает {part}",
            "түбіртектің қолтаңбасы {part} қамтымайды",
        ),
        (
            "eb:Messaging and the empty Body are signed, in receipts, too (AS4 5.1.4): the partner adds the part to its policy",
            "подписываются eb:Messaging и пустое Body, также в квитанциях (AS4 5.1.4): партнёр добавляет часть в свою политику",
            "eb:Messaging пен бос Body, түбіртекте де, қол қойылады (AS4 5.1.4): серіктес бөлікті саясатына қосады",
        ),
    ),
    "receipt_differs": (
        (
            "the receipt is not for what was sent: another MessageId or other digests",
            "квитанция не о том, что отправлено: другой MessageId или другие хеш-суммы",
            "түбіртек жіберілгенге сәйкес емес: басқа MessageId немесе басқа хеш-сомалар",
        ),
        (
            (
                "the partner copies every ds:Reference of our signature into its receipt (non-repudiation); something in between "
                "may change the message"
            ),
            (
                "партнёр копирует каждый ds:Reference нашей подписи в квитанцию (неотказуемость); возможно, что-то по пути "
                "меняет сообщение"
            ),
            (
                "серіктес қолтаңбамыздағы әр ds:Reference-ті түбіртекке көшіреді (бас тартпау); жолда бірдеңе хабарламаны "
                "өзгертуі мүмкін"
            ),
        ),
    ),
    "answer_not_believed": (
        (
            "{code}: we do not believe the signature of the answer",
            "{code}: мы не доверяем подписи ответа",
            "{code}: біз жауаптың қолтаңбасына сенбейміз",
        ),
        (
            (
                "the partner signs with another certificate than in its file here, or breaks a rule of the profile: "
                "get its message certificate and compare"
            ),
            (
                "партнёр подписывает другим сертификатом, чем в его файле здесь, или нарушает правило профиля: "
                "получите его сертификат сообщений и сравните"
            ),
            (
                "серіктес мұндағы файлынан басқа сертификатпен қол қояды немесе профиль ережесін бұзады: "
                "хабарлама сертификатын алып, салыстырыңыз"
            ),
        ),
    ),
    "duplicate_odd": (
        (
            "a repeated message is answered with {code}, not with its receipt",
            "на повторное сообщение отвечают {code}, а не квитанцией",
            "қайталанған хабарламаға түбіртекпен емес, {code} кодымен жауап береді",
        ),
        (
            (
                "usual with phase4: when a receipt is lost, we show the message as unproven and ask an operator "
                "(docs/connect-phase4.md); the partner can answer with the first receipt again"
            ),
            (
                "обычно для phase4: если квитанция потеряна, сообщение показывается как unproven и ждёт оператора "
                "(docs/connect-phase4.md); партнёр может снова отвечать первой квитанцией"
            ),
            (
                "phase4 үшін қалыпты: түбіртек жоғалса, хабарлама unproven деп көрсетіліп, операторды күтеді "
                "(docs/connect-phase4.md); серіктес алғашқы түбіртекпен қайта жауап бере алады"
            ),
        ),
    ),
}

# What stands in places of the phrases above.
WORDS: Mapping[str, Phrase] = {
    "our": ("our", "наш", "біздің"),
    "partner's": ("the partner's", "партнёра", "серіктестің"),
    "TLS": ("TLS", "TLS", "TLS"),
    "messages": ("messages", "сообщения", "хабарламалар"),
    "ahead": ("ahead", "впереди", "алда"),
    "behind": ("behind", "отстают", "артта"),
    "anything": (
        "nothing in particular",
        "ничего определённого",
        "нақты ештеңе жоқ",
    ),
}


def tell(phrase: Phrase, language: Language) -> str:
    """The phrase in the language."""
    return dict(zip(Language, phrase, strict=True))[language]
