"""Turns: words for a state and for its opposite: closed and open again, denied and admitted.

In:  the stems of two sentences of one language.
Out: whether one says the opposite of the other.
Not here: whether they speak of one thing (analysis/novelty.py), numbers (values.py).
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from monitor.text.tokens import stem

# Folded, "one pole / the other": forms that a stemmer does not bring together are listed.
_TURNS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "open opened reopen reopened / close closed closure shut blocked",
        "freed released acquitted / arrested detained jailed imprisoned convicted",
        "resume resumed restart restarted restored / suspend suspended halt halted paused",
        "accept accepted approve approved / reject rejected refuse refused",
        "admit admitted confirm confirmed concede conceded acknowledge / deny denied dispute disputed refused",
        "found rescued / missing",
        "lift lifted / impose imposed",
        "begin began begun start started / end ended finish finished",
        "rise rose risen climbed / fall fell fallen dropped",
    ),
    "fr": (
        "ouvert rouvert rouvre rouvrir reouverture / ferme fermee fermes fermer fermeture bloque",
        "libere liberes libere relaxe acquitte / arrete interpelle incarcere detenu condamne",
        "reprend repris reprise reprendre / suspendu suspend suspendre suspension interrompu",
        "accepte approuve / rejette rejete refuse",
        "admet reconnu reconnait confirme / dement dementi nie conteste",
        "retrouve sauve / disparu",
        "leve levee / impose",
        "commence commencer debute / termine fini acheve",
        "hausse augmente monte / baisse chute recule",
    ),
    "es": (
        "abre abrio abierto abriran reabre reabrio reabierto / cierra cerro cerrado cerrada cerradas cierre bloqueado",
        "libera liberado liberados absuelto / detenido detenidos arrestado encarcelado condenado",
        "reanuda reanudo reanudado / suspende suspendio suspendido",
        "acepta acepto aprueba aprobo / rechaza rechazo rechazado",
        "admite admitio reconoce reconocio confirma / niega nego desmiente",
        "encontrado hallado rescatado / desaparecido",
        "levanta levanto levantado / impone impuso impuesto",
        "empieza empezo comenzo comienza / termina termino finalizo acabo",
        "sube subio aumento / baja bajo cayo cae",
    ),
    "de": (
        "geoffnet offnet offnen wiedereroffnet offen / geschlossen schliesst gesperrt sperrt blockiert",
        "freigelassen freigesprochen entlassen / festgenommen verhaftet inhaftiert verurteilt",
        "wiederaufgenommen aufgenommen fortgesetzt / ausgesetzt unterbrochen gestoppt",
        "angenommen akzeptiert gebilligt zugestimmt / abgelehnt zuruckgewiesen verweigert",
        "eingeraumt raumt gestanden bestatigt / bestritten bestreitet dementiert",
        "gefunden gerettet / vermisst",
        "aufgehoben / verhangt",
        "begonnen beginnt begann / beendet endet endete",
        "gestiegen steigt stieg / gesunken sinkt fiel gefallen",
    ),
    "it": (
        "apre aperto riapre riaperto / chiude chiuso chiusa bloccato",
        "liberato rilasciato assolto / arrestato fermato condannato",
        "riprende ripreso / sospeso interrotto",
        "accetta accettato approvato / respinto rifiuta rifiutato",
        "ammette ammesso confermato / nega negato smentito",
    ),
    "pt": (
        "abre abriu aberto reabre reabriu reaberto / fecha fechou fechado bloqueado",
        "libertado solto absolvido / preso detido condenado",
        "retoma retomou retomado / suspende suspendeu suspenso",
        "aceita aceitou aprovou / rejeita rejeitou recusou",
        "admite admitiu confirmou / nega negou desmentiu",
    ),
    "ru": (
        "открыт открыта открыли открыто открыл открыла откроют / закрыт закрыта закрыто закрыли закрыл закрыла закроют",
        "освобожден освобождены освободили оправдан / задержан задержаны арестован арестованы осужден",
        "возобновлен возобновлены возобновили / приостановлен приостановлены приостановили прекращен",
        "принял приняли одобрил одобрили / отклонил отклонили отверг отвергли отказался",
        "признал признали подтвердил подтвердили / отрицает опроверг опровергли",
        "найден найдены нашли / пропал пропали",
        "начался началась началось / закончился закончилась завершен завершена завершены",
        "вырос выросло выросли / упал упало упали снизился",
    ),
    "ar": (
        "فتح فتحت افتتح / اغلق اغلقت اغلاق مغلق",
        "افرج اطلق افراج / اعتقل اعتقال احتجز",
        "استانف استيناف / علق تعليق اوقف",
        "قبل وافق موافقة / رفض رفضت",
        "اعترف اقر اكد / نفي نفت انكر",
    ),
}


def is_turned(one: Collection[str], other: Collection[str], language: str) -> bool:
    """Whether the stems of two sentences hold the two sides of one turn; a sentence that holds both tells of it."""
    if not _holds(one, _all(language)):
        return False  # most
    return any(
        (_holds(one, side) and not _holds(one, opposite) and _holds(other, opposite) and not _holds(other, side))
        for pair in _sides(language)
        for side, opposite in (pair, pair[::-1])
    )


def _holds(stems: Collection[str], side: frozenset[str]) -> bool:
    return not side.isdisjoint(stems)


@cache
def _all(language: str) -> frozenset[str]:
    return frozenset().union(*(side for pair in _sides(language) for side in pair))


@cache
def _sides(language: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    return tuple(
        (_stems(one, language), _stems(other, language))
        for one, _, other in (pair.partition(" / ") for pair in _TURNS.get(language, ()))
    )


def _stems(words: str, language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words.split())
