"""Sentences of news that never happened, in six languages, for pages and texts that a benchmark can make by itself.

In:  dice, a language.
Out: headlines, sentences, paragraphs, whole texts; equal dice give equal words.
Not here: pages around them (read_corpus.py).
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lexicon:
    """What sentences of one language are put together from, in the order in which they follow each other."""

    who: tuple[str, ...]
    did: tuple[str, ...]
    what: tuple[str, ...]
    where: tuple[str, ...]
    when: tuple[str, ...]
    more: tuple[str, ...]


def _list(words: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in words.split("|"))


_EN: Final = _Lexicon(
    who=_list(
        "the regional council|a spokesman for the ministry|the mayor|three witnesses|the harbour authority|the union|"
        "a report by auditors|the head of the water board|farmers from the valley|the court|the opposition|"
        "two former officers|the railway company|a team of engineers|the museum’s director|the head teacher"
    ),
    did=_list(
        "rejected|confirmed|has announced|postponed|asked for|criticised|signed|described|is to examine|withdrew|"
        "has approved|questioned|promised|warned against|paid for|published"
    ),
    what=_list(
        "a plan for 14 new bridges|the budget of 3.2 million|the closure of the old mill|an inquiry into the fire|"
        "the sale of the northern line|a treaty on fishing rights|new rules for night flights|the repair of the dam|"
        "a second vote on the tunnel|the loan for the hospital|a curfew in the port|the return of 220 families|"
        "the lists of missing equipment|an agreement with the nurses|the results of the survey|a ban on heavy lorries"
    ),
    where=_list(
        "in the town of Aldermoor|near the border|on the coast|in the capital|at the station of Westrow|"
        "in two districts|"
        "along the river Tarn|in the mountains|outside the stadium|at a meeting in Quillon|on the island|in parliament"
    ),
    when=_list(
        "on Tuesday evening|last week|after months of talks|since early spring|shortly before noon|for the first time|"
        "in the past year|within a few hours|until the end of June|yesterday morning|during the strike|once again"
    ),
    more=_list(
        "and said that nothing had been decided yet|although 37 of its members had voted against it|"
        "which residents have demanded for years|while the police closed the road for six hours|"
        "because the contractor had gone bankrupt|but gave no reason for the delay|"
        "“We will not be hurried,” the statement said|and it is not known who will pay for it|"
        "according to documents seen by this newspaper|as the rains began again in the south"
    ),
)
_FR: Final = _Lexicon(
    who=_list(
        "le conseil régional|une porte-parole du ministère|la maire|trois témoins|l’autorité du port|le syndicat|"
        "un rapport d’experts|les agriculteurs de la vallée|le tribunal|l’opposition|la société des chemins de fer"
    ),
    did=_list("a rejeté|a confirmé|annonce|a reporté|réclame|critique|a signé|décrit|examine|a retiré|a approuvé"),
    what=_list(
        "un projet de quatorze ponts|le budget de 3,2 millions|la fermeture de l’ancien moulin|"
        "une enquête sur l’incendie|"
        "la vente de la ligne du nord|un traité de pêche|de nouvelles règles pour les vols de nuit|"
        "la réparation du barrage|"
        "un second vote sur le tunnel|le prêt pour l’hôpital|le retour de 220 familles"
    ),
    where=_list(
        "à Montréval|près de la frontière|sur la côte|dans la capitale|à la gare|dans deux quartiers|sur l’île"
    ),
    when=_list("mardi soir|la semaine dernière|après des mois de négociations|depuis le printemps|peu avant midi|hier"),
    more=_list(
        "et précise que rien n’est encore décidé|alors que 37 de ses membres ont voté contre|"
        "ce que les habitants demandent depuis des années|tandis que la police fermait la route pendant six heures|"
        "car l’entreprise a fait faillite|sans donner de raison à ce retard|"
        "selon des documents consultés par le journal"
    ),
)
_DE: Final = _Lexicon(
    who=_list(
        "Der Regionalrat|Eine Sprecherin des Ministeriums|Die Bürgermeisterin|Die Hafenbehörde|Die Gewerkschaft|"
        "Ein Bericht der Prüfer|Das Gericht|Die Opposition|Die Bahngesellschaft|Der Direktor des Museums"
    ),
    did=_list("verwarf|bestätigte|verkündete|verschob|verlangte|kritisierte|unterzeichnete|beschrieb|prüfte|billigte"),
    what=_list(
        "einen Plan für 14 neue Brücken|den Haushalt von 3,2 Millionen|die Schließung der alten Mühle|"
        "eine Untersuchung des Brandes|den Verkauf der Nordstrecke|ein Abkommen über Fischerei|"
        "die Sanierung des Dammes|"
        "eine zweite Abstimmung über den Tunnel|den Kredit für das Krankenhaus|die Rückkehr von 220 Familien"
    ),
    where=_list(
        "in Oberhagen|nahe der Grenze|an der Küste|in der Hauptstadt|am Bahnhof|in zwei Bezirken|auf der Insel"
    ),
    when=_list(
        "am Dienstagabend|in der vergangenen Woche|nach langen Gesprächen|kurz vor Mittag|gestern|zum ersten Mal"
    ),
    more=_list(
        "und erklärte, es sei noch nichts entschieden|obwohl 37 Mitglieder dagegen stimmten|"
        "was die Anwohner seit Jahren fordern|während die Polizei die Straße für sechs Stunden sperrte|"
        "weil die Baufirma zahlungsunfähig ist|ohne die Verzögerung zu begründen|wie aus Unterlagen hervorgeht"
    ),
)
_ES: Final = _Lexicon(
    who=_list(
        "el consejo regional|una portavoz del ministerio|la alcaldesa|tres testigos|la autoridad portuaria|"
        "el sindicato|"
        "un informe de los auditores|los agricultores del valle|el tribunal|la oposición|la compañía ferroviaria"
    ),
    did=_list("rechazó|confirmó|anunció|aplazó|reclamó|criticó|firmó|describió|examinará|retiró|aprobó"),
    what=_list(
        "un plan de catorce puentes|el presupuesto de 3,2 millones|el cierre del antiguo molino|"
        "una investigación del incendio|la venta de la línea norte|un tratado de pesca|la reparación de la presa|"
        "una segunda votación sobre el túnel|el préstamo para el hospital|el regreso de 220 familias"
    ),
    where=_list(
        "en Villalmar|cerca de la frontera|en la costa|en la capital|en la estación|en dos distritos|en la isla"
    ),
    when=_list("el martes por la noche|la semana pasada|tras meses de conversaciones|poco antes del mediodía|ayer"),
    more=_list(
        "y dijo que aún no se había decidido nada|aunque 37 de sus miembros votaron en contra|"
        "algo que los vecinos piden desde hace años|mientras la policía cerraba la carretera durante seis horas|"
        "porque la empresa había quebrado|sin explicar el retraso|según documentos a los que tuvo acceso este diario"
    ),
)
_RU: Final = _Lexicon(
    who=_list(
        "областной совет|представитель министерства|мэр города|портовое управление|профсоюз|суд|доклад ревизоров|"
        "директор музея|глава района|комитет по водным ресурсам"
    ),
    did=_list("отклонил|подтвердил|объявил|отложил|потребовал|раскритиковал|подписал|описал|рассмотрит|отозвал"),
    what=_list(
        "план строительства 14 мостов|бюджет в 3,2 миллиона|закрытие старой мельницы|расследование пожара|"
        "продажу северной ветки|договор о рыболовстве|ремонт плотины|кредит для больницы|возвращение 220 семей"
    ),
    where=_list("в Нижнереченске|у границы|на побережье|в столице|на вокзале|в двух районах|на острове"),
    when=_list("во вторник вечером|на прошлой неделе|после долгих переговоров|незадолго до полудня|вчера|впервые"),
    more=_list(
        "и сообщил, что решение ещё не принято|хотя 37 депутатов голосовали против|"
        "чего жители добиваются уже много лет|пока полиция на шесть часов закрыла дорогу|"
        "так как подрядчик разорился|не объяснив задержку|говорится в документах редакции"
    ),
)
_AR: Final = _Lexicon(
    who=_list("المجلس الإقليمي|متحدث باسم الوزارة|رئيس البلدية|سلطة الميناء|الاتحاد|المحكمة|المعارضة|مدير المتحف"),
    did=_list("رفض|أكد|أعلن|أجل|طلب|انتقد|وقع|وصف|سحب|أقر"),
    what=_list(
        "خطة لبناء أربعة عشر جسرا|ميزانية قدرها 3.2 مليون|إغلاق المطحنة القديمة|تحقيقا في الحريق|"
        "بيع الخط الشمالي|اتفاقية صيد|إصلاح السد|قرضا للمستشفى|عودة 220 أسرة"
    ),
    where=_list("في المدينة|قرب الحدود|على الساحل|في العاصمة|في المحطة|في منطقتين|على الجزيرة"),
    when=_list("مساء الثلاثاء|الأسبوع الماضي|بعد أشهر من المحادثات|قبيل الظهر|أمس|لأول مرة"),
    more=_list(
        "وقال إن شيئا لم يتقرر بعد|رغم أن سبعة وثلاثين عضوا صوتوا ضده|وهو ما يطالب به السكان منذ سنوات|"
        "بينما أغلقت الشرطة الطريق ست ساعات|لأن الشركة أفلست|دون أن يوضح سبب التأخير|وفقا لوثائق اطلعت عليها الصحيفة"
    ),
)
_LEXICONS: Final[Mapping[str, _Lexicon]] = {"en": _EN, "fr": _FR, "de": _DE, "es": _ES, "ru": _RU, "ar": _AR}
LANGUAGES: Final = ("en", "en", "fr", "en", "de", "en", "es", "en", "ru", "ar")  # by number: half of all are English
_ONSETS: Final = (
    *(
        "b",
        "br",
        "c",
        "ch",
        "d",
        "dr",
        "f",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "qu",
        "r",
        "s",
        "sh",
        "st",
        "t",
    ),
    *("tr", "v", "w", "z"),
)
_NUCLEI: Final = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_CODAS: Final = ("n", "r", "s", "l", "nd", "rt", "ck", "m", "th", "v")


def sentence(dice: random.Random, language: str) -> str:
    """Return one sentence of some twenty words, with a name of its own now and then."""
    lexicon = _LEXICONS[language]
    named = f" {name(dice)}" if dice.random() < 0.4 else ""
    parts = (lexicon.who, lexicon.did, lexicon.what, lexicon.where, lexicon.when)
    told = " ".join(dice.choice(part) for part in parts) + named
    more = f", {dice.choice(lexicon.more)}" if dice.random() < 0.6 else ""
    return f"{told[0].upper()}{told[1:]}{more}."


def headline(dice: random.Random, language: str) -> str:
    """Return a headline."""
    lexicon = _LEXICONS[language]
    told = " ".join(dice.choice(part) for part in (lexicon.who, lexicon.did, lexicon.what, lexicon.where))
    return f"{name(dice)}: {told}"


def paragraph(dice: random.Random, language: str) -> str:
    """Return two to four sentences."""
    return " ".join(sentence(dice, language) for _ in range(dice.randint(2, 4)))


def name(dice: random.Random) -> str:
    """Return a name that no language has: two or three syllables with a capital."""
    syllables = (dice.choice(_ONSETS) + dice.choice(_NUCLEI) for _ in range(dice.randint(2, 3)))
    return ("".join(syllables) + dice.choice(_CODAS)).capitalize()


def text(dice: random.Random, language: str, *, words: int) -> str:
    """Return paragraphs of so many words or a few more."""
    told: list[str] = []
    left = words
    while left > 0:
        told.append(paragraph(dice, language))
        left -= len(told[-1].split())
    return "\n".join(told)
