"""Phrases about keeping and removing messages. Three tellings for each, as in `phrases`, which takes them all in."""

from gateway.core.phrases_of_exchange import Phrase

RETENTION: dict[str, Phrase] = {
    "configured_agreement": (
        "an agreement that is configured",
        "соглашение, которое есть в настройках",
        "баптауларда бар келісім",
    ),
    "retained_until": (
        "not after {day}: what came later is inside the agreed time",
        "не позднее {day}: у полученного после согласованный срок не истёк",
        "{day} кейін емес: одан кейін келгеннің келісілген мерзімі өткен жоқ",
    ),
    "something_due": (
        "settled messages whose agreed time has passed",
        "завершённые сообщения, у которых истёк согласованный срок",
        "келісілген мерзімі өткен аяқталған хабарламалар",
    ),
    "known_purge": ("the number of a proposal", "номер предложения", "ұсыныстың нөмірі"),
    "another_person": (
        "another person than the one who proposed it",
        "другое лицо, не тот, кто это предложил",
        "мұны ұсынғаннан басқа адам",
    ),
    "open_purge": (
        "a proposal that nobody has approved yet",
        "предложение, которое ещё никто не одобрил",
        "әлі ешкім мақұлдамаған ұсыныс",
    ),
    "approved_purge": (
        "a proposal that another person has approved",
        "предложение, одобренное другим лицом",
        "басқа адам мақұлдаған ұсыныс",
    ),
    "archived_first": (
        "an archive of every message first: --archive",
        "сначала архив каждого сообщения: --archive",
        "алдымен әр хабарламаның мұрағаты: --archive",
    ),
    "archive_of_this_log": (
        "a message of this gateway's own log",
        "сообщение из журнала самого этого шлюза",
        "осы шлюздің өз журналындағы хабарлама",
    ),
    "unchanged_choice": (
        "the messages that were proposed, no other ones",
        "те сообщения, которые были предложены, и никакие другие",
        "басқа емес, ұсынылған хабарламалардың өзі",
    ),
}
