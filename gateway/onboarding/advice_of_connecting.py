"""What the doctor says about the files and the way to a partner: what is wrong, what to do; English, Russian, Kazakh."""

from collections.abc import Mapping

Phrase = tuple[str, str, str]

# Finding ► (what is wrong, what to do).
CONNECTING: Mapping[str, tuple[Phrase, Phrase]] = {
    "environment_differs": (
        (
            "the partner's file says {theirs}, this gateway is {ours}",
            "в файле партнёра указано {theirs}, этот шлюз — {ours}",
            "серіктестің файлында {theirs} көрсетілген, бұл шлюз — {ours}",
        ),
        (
            "test and production are never mixed: take the partner's endpoint and certificates of the same environment",
            "тест и эксплуатация не смешиваются: возьмите адрес и сертификаты партнёра для той же среды",
            "сынақ пен пайдалану араластырылмайды: серіктестің сол ортаға арналған мекенжайы мен сертификаттарын алыңыз",
        ),
    ),
    "no_agreement": (
        (
            "no agreement is in use with both sides",
            "нет соглашения, которое действует для обеих сторон",
            "екі тарапқа да қолданылатын келісім жоқ",
        ),
        (
            "name the agreement's id under `agreements` in both parties' files",
            "укажите идентификатор соглашения в `agreements` в файлах обеих сторон",
            "екі тараптың файлдарындағы `agreements` ішінде келісімнің идентификаторын көрсетіңіз",
        ),
    ),
    "no_key": (
        (
            "no message can be made for the partner: {what}",
            "для партнёра нельзя составить сообщение: {what}",
            "серіктеске хабарлама жасау мүмкін емес: {what}",
        ),
        (
            (
                "add the key under [as4] in gateway.toml or the partner's message certificate (`gateway party import --replace`), "
                "or agree on another profile"
            ),
            (
                "добавьте ключ в [as4] файла gateway.toml или сертификат сообщений партнёра (`gateway party import --replace`), "
                "либо согласуйте другой профиль"
            ),
            (
                "gateway.toml файлындағы [as4] ішіне кілт немесе серіктестің хабарлама сертификатын қосыңыз "
                "(`gateway party import --replace`) не басқа профиль келісіңіз"
            ),
        ),
    ),
    "partner_pulls": (
        (
            "the partner comes for its messages itself (channel {mpc})",
            "партнёр сам приходит за своими сообщениями (канал {mpc})",
            "серіктес хабарламаларына өзі келеді ({mpc} арнасы)",
        ),
        (
            "whether its endpoint answers does not matter for them: see in `gateway messages --to` whether it fetches them",
            "отвечает ли его адрес, для них неважно: в `gateway messages --to` видно, забирает ли он их",
            "олар үшін мекенжайының жауап беруі маңызды емес: `gateway messages --to` ішінен алып жатқанын көріңіз",
        ),
    ),
    "certificate_expired": (
        (
            "{whose} certificate for {use} expired on {day}",
            "сертификат ({whose}, {use}) истёк {day}",
            "сертификаттың ({whose}, {use}) мерзімі {day} аяқталды",
        ),
        (
            "its owner makes a new one; the other side takes it beside the old one, then the owner changes over",
            "владелец выпускает новый; другая сторона принимает его рядом со старым, затем владелец переходит на новый",
            "иесі жаңасын шығарады; екінші тарап оны ескісінің қасына қабылдайды, содан кейін иесі жаңасына көшеді",
        ),
    ),
    "certificate_early": (
        (
            "{whose} certificate for {use} is not valid before {day}",
            "сертификат ({whose}, {use}) действует только с {day}",
            "сертификат ({whose}, {use}) тек {day} бастап жарамды",
        ),
        (
            "wait, or check the clocks of both sides",
            "подождите или проверьте часы обеих сторон",
            "күтіңіз немесе екі тараптың сағатын тексеріңіз",
        ),
    ),
    "certificate_expires": (
        (
            "{whose} certificate for {use} ends on {day}, in {days} days",
            "сертификат ({whose}, {use}) заканчивается {day}, через {days} дн.",
            "сертификаттың ({whose}, {use}) мерзімі {day}, {days} күннен кейін аяқталады",
        ),
        (
            "exchange the next one now: both may be used at the same time",
            "обменяйтесь следующим уже сейчас: оба могут использоваться одновременно",
            "келесісімен қазірден алмасыңыз: екеуін бір мезгілде қолдануға болады",
        ),
    ),
    "name_unknown": (
        ("the name {host} is not known", "имя {host} неизвестно", "{host} атауы белгісіз"),
        (
            "check the endpoint's spelling and this machine's DNS; ask the partner for the name as it is seen from outside",
            "проверьте написание адреса и DNS этой машины; спросите у партнёра имя, видимое снаружи",
            "мекенжайдың жазылуын және осы машинаның DNS-ін тексеріңіз; серіктестен сырттан көрінетін атауды сұраңыз",
        ),
    ),
    "no_connection": (
        (
            "no connection to {host}:{port} ({fault})",
            "нет соединения с {host}:{port} ({fault})",
            "{host}:{port} байланысы жоқ ({fault})",
        ),
        (
            "refused: nothing listens there, or another port is meant; timed out: a firewall of either side drops it",
            "отказ: там никто не слушает или нужен другой порт; тайм-аут: соединение отбрасывает межсетевой экран одной из сторон",
            "бас тарту: онда ешкім тыңдамайды немесе басқа порт керек; күту уақыты бітті: тараптардың бірінің желіаралық экраны өткізбейді",
        ),
    ),
    "address_dead": (
        (
            "some addresses of {host} do not answer: {addresses}",
            "некоторые адреса {host} не отвечают: {addresses}",
            "{host} кейбір мекенжайлары жауап бермейді: {addresses}",
        ),
        (
            "messages are delayed now and then: the partner repairs that address or takes it out of its DNS",
            "сообщения время от времени задерживаются: партнёр исправляет этот адрес или убирает его из DNS",
            "хабарламалар анда-санда кешігеді: серіктес сол мекенжайды жөндейді немесе DNS-тен алып тастайды",
        ),
    ),
    "not_tls": (
        (
            "{host}:{port} does not speak TLS",
            "{host}:{port} не говорит по TLS",
            "{host}:{port} TLS қолданбайды",
        ),
        (
            "it is the port for plain HTTP, or a proxy stands before it: ask the partner for its https port",
            "это порт для обычного HTTP, или перед ним стоит прокси: спросите у партнёра порт https",
            "бұл кәдімгі HTTP порты немесе алдында прокси тұр: серіктестен https портын сұраңыз",
        ),
    ),
    "version_too_old": (
        (
            "the partner speaks TLS 1.2 only, our delivery.minimum_tls is 1.3",
            "партнёр говорит только по TLS 1.2, а наш delivery.minimum_tls — 1.3",
            "серіктес тек TLS 1.2 қолданады, біздің delivery.minimum_tls — 1.3",
        ),
        (
            'the partner switches TLS 1.3 on, or set delivery.minimum_tls = "1.2" (and msh.minimum_tls for what it sends)',
            'партнёр включает TLS 1.3, или задайте delivery.minimum_tls = "1.2" (и msh.minimum_tls для того, что он отправляет)',
            'серіктес TLS 1.3 қосады немесе delivery.minimum_tls = "1.2" қойыңыз (ол жіберетіндер үшін msh.minimum_tls)',
        ),
    ),
    "no_common_version": (
        (
            "the partner speaks neither TLS 1.2 nor 1.3 with us ({fault})",
            "партнёр не говорит с нами ни по TLS 1.2, ни по 1.3 ({fault})",
            "серіктес бізбен TLS 1.2 де, 1.3 те қолданбайды ({fault})",
        ),
        (
            "older versions are not spoken here: the partner has to switch TLS 1.2 or 1.3 on",
            "более старые версии здесь не используются: партнёр должен включить TLS 1.2 или 1.3",
            "бұл жерде ескі нұсқалар қолданылмайды: серіктес TLS 1.2 немесе 1.3 қосуы керек",
        ),
    ),
    "cipher_mismatch": (
        (
            "no common cipher: the partner would take {cipher}",
            "нет общего шифра: партнёр принял бы {cipher}",
            "ортақ шифр жоқ: серіктес {cipher} қабылдар еді",
        ),
        (
            "the partner allows ECDHE with AES-GCM or ChaCha20-Poly1305, or TLS 1.3",
            "партнёр разрешает ECDHE с AES-GCM или ChaCha20-Poly1305 либо TLS 1.3",
            "серіктес AES-GCM немесе ChaCha20-Poly1305 бар ECDHE не TLS 1.3 рұқсат етеді",
        ),
    ),
    "certificate_unknown": (
        (
            "the server shows {subject} {fingerprint}, which is not in the partner's file",
            "сервер показывает {subject} {fingerprint}, которого нет в файле партнёра",
            "сервер {subject} {fingerprint} көрсетеді, ол серіктестің файлында жоқ",
        ),
        (
            (
                "compare the fingerprint with the partner over another channel; if it is its new one: "
                "`gateway party import --replace` with it; if not, somebody stands in between"
            ),
            (
                "сравните отпечаток с партнёром по другому каналу; если это его новый сертификат: "
                "`gateway party import --replace` с ним; если нет, кто-то стоит посередине"
            ),
            (
                "саусақ ізін серіктеспен басқа арна арқылы салыстырыңыз; егер бұл оның жаңа сертификаты болса: "
                "онымен `gateway party import --replace`; болмаса, арада біреу тұр"
            ),
        ),
    ),
    "chain_incomplete": (
        (
            "the server sends its own certificate alone; its issuer {issuer} is missing",
            "сервер отправляет только свой сертификат; нет издателя {issuer}",
            "сервер тек өз сертификатын жібереді; шығарушысы {issuer} жоқ",
        ),
        (
            (
                "the partner configures its whole chain (Tomcat: all certificates in the keystore entry; nginx, Apache: chain file); "
                "until then its issuers can be put into our PEM file of it"
            ),
            (
                "партнёр настраивает всю цепочку (Tomcat: все сертификаты в записи хранилища; nginx, Apache: файл цепочки); "
                "до тех пор издателей можно добавить в наш файл PEM этого партнёра"
            ),
            (
                "серіктес бүкіл тізбекті баптайды (Tomcat: қойма жазбасындағы барлық сертификат; nginx, Apache: тізбек файлы); "
                "оған дейін шығарушыларды осы серіктестің біздегі PEM файлына қосуға болады"
            ),
        ),
    ),
    "name_mismatch": (
        (
            "the server's certificate is for {names}, not for {host}",
            "сертификат сервера выдан для {names}, а не для {host}",
            "сервердің сертификаты {host} үшін емес, {names} үшін берілген",
        ),
        (
            "use a name of the certificate in the endpoint, or the partner gets a certificate for this name",
            "укажите в адресе имя из сертификата, или партнёр получает сертификат на это имя",
            "мекенжайда сертификаттағы атауды қолданыңыз немесе серіктес осы атауға сертификат алады",
        ),
    ),
    "tls_failed": (
        ("TLS fails: {fault}", "TLS не устанавливается: {fault}", "TLS орнатылмады: {fault}"),
        (
            "look into the partner's TLS log at this moment; compare versions, ciphers and certificates of both sides",
            "посмотрите журнал TLS партнёра за этот момент; сравните версии, шифры и сертификаты обеих сторон",
            "серіктестің осы сәттегі TLS журналын қараңыз; екі тараптың нұсқаларын, шифрлары мен сертификаттарын салыстырыңыз",
        ),
    ),
    "we_are_refused": (
        (
            "the partner does not accept our certificate ({fault})",
            "партнёр не принимает наш сертификат ({fault})",
            "серіктес біздің сертификатты қабылдамайды ({fault})",
        ),
        (
            (
                "under TLS 1.3 this shows only after the handshake; the partner takes {fingerprint} (and its issuers) into the "
                "truststore of its TLS server, and compares the fingerprint"
            ),
            (
                "в TLS 1.3 это видно только после рукопожатия; партнёр добавляет {fingerprint} (и издателей) в хранилище "
                "доверия своего сервера TLS и сравнивает отпечаток"
            ),
            (
                "TLS 1.3-те бұл қол алысудан кейін ғана көрінеді; серіктес {fingerprint} (және шығарушыларын) өз TLS серверінің "
                "сенім қоймасына қосып, саусақ ізін салыстырады"
            ),
        ),
    ),
    "http_failed": (
        (
            "the connection ends without an HTTP answer ({fault})",
            "соединение закрывается без ответа HTTP ({fault})",
            "байланыс HTTP жауабынсыз аяқталады ({fault})",
        ),
        (
            "a proxy or firewall between ends it, or the partner's server fails: ask for its log of this moment",
            "его закрывает прокси или межсетевой экран, или сервер партнёра сбоит: запросите его журнал за этот момент",
            "оны арадағы прокси немесе желіаралық экран үзеді не серіктестің сервері істен шығады: осы сәттегі журналын сұраңыз",
        ),
    ),
}
