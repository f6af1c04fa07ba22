"""Credits: which news agencies a text gives as its source.

In:  the title, body, author and site of an article.
Out: the agencies that the article as a whole is credited to, by name; the agency that a host belongs to.
Not here: counting who reports independently (analysis/origins.py).

Only forms that speak for the whole article count: a dateline, a byline, a notice of copyright, a line that closes the
text, and "Reuters reported" in the headline or the lead. An agency that is named further down gave a detail, and a name
beside a picture is the photographer's. Why these forms: docs/decisions/0017-corroboration.md.
"""

import re
from collections.abc import Iterable
from typing import Final

# Agencies whose texts others print: name, spellings (as written: `AP` is no `ap`), hosts of their own. A shop that only
# publishes for itself needs no line here: its host tells it.
_AGENCIES: Final = (
    ("AP", "Associated Press; AP; Ap; Ассошиэйтед Пресс; أسوشيتد برس; أسوشييتد برس; 美联社", "apnews.com ap.org"),
    (
        "Reuters",
        "Thomson Reuters Foundation; Thomson Reuters; Reuters; REUTERS; Рейтер; Reuter; رويترز; 路透社; 路透",
        "reuters.com",
    ),
    (
        "AFP",
        "Agence France-Presse; Agence France Presse; AFP; Afp; Франс Пресс; АФП; فرانس برس; أ ف ب; أ.ف.ب; 法新社",
        "afp.com",
    ),
    ("dpa", "Deutsche Presse-Agentur; dpa; DPA; ДПА; د ب أ; 德新社", "dpa.com dpa-international.com"),
    ("EFE", "Agencia EFE; EFE; Efe; ЭФЕ; 埃菲社", "efe.com"),
    ("Europa Press", "Europa Press; EUROPA PRESS; EP", "europapress.es"),
    ("Xinhua", "Xinhua; XINHUA; Синьхуа; شينخوا; 新华社; 新華社", "xinhuanet.com news.cn"),
    ("TASS", "ITAR-TASS; ITAR-Tass; TASS; Tass; ИТАР-ТАСС; ТАСС; تاس; 塔斯社", "tass.com tass.ru"),
    ("RIA", "RIA Novosti; RIA; РИА Новости; Ria Nowosti; 俄新社; ريا نوفوستي", "ria.ru"),
    ("Interfax", "Interfax; Интерфакс; Интерфаксу; Интерфакса", "interfax.ru interfax.com"),
    ("Sputnik", "Sputnik; Спутник; سبوتنيك", "sputniknews.com sputnikglobe.com"),
    ("Ukrinform", "Ukrinform; Укринформ; Укрінформ", "ukrinform.net ukrinform.ua ukrinform.ru"),
    ("Kyodo", "Kyodo News; Kyodo; 共同社; 共同通信", "kyodonews.net nordot.app"),
    ("Jiji", "Jiji Press; Jiji; JIJI; 時事通信", "jiji.com"),
    ("Yonhap", "Yonhap; 연합뉴스; 韩联社", "yna.co.kr"),
    ("PTI", "Press Trust of India; PTI", "ptinews.com"),
    ("ANI", "Asian News International; ANI", "aninews.in"),
    ("IANS", "Indo-Asian News Service; IANS", "ians.in"),
    ("ANSA", "ANSA; Ansa", "ansa.it"),
    ("Adnkronos", "Adnkronos; ADNKRONOS", "adnkronos.com"),
    ("APA", "Austria Presse Agentur; APA", "apa.at"),
    ("Keystone-SDA", "Keystone-SDA; Keystone-ATS; SDA; ATS", "keystone-sda.ch"),
    ("Belga", "Belga; BELGA", "belga.be belganewsagency.eu"),
    ("ANP", "ANP", "anp.nl"),
    ("Lusa", "Agência Lusa; Lusa; LUSA", "lusa.pt"),
    ("Anadolu", "Anadolu Agency; Anadolu Ajansı; Anadolu; AA; الأناضول", "aa.com.tr"),
    ("PA", "PA Media; Press Association; PA", "pamediagroup.com"),
    ("UPI", "United Press International; UPI", "upi.com"),
    ("AAP", "Australian Associated Press; AAP", "aap.com.au"),
    ("Canadian Press", "Canadian Press; La Presse Canadienne", "thecanadianpress.com"),
    ("PAP", "PAP", "pap.pl"),
    ("SPA", "Saudi Press Agency; SPA; واس", "spa.gov.sa"),
    ("IRNA", "IRNA; إرنا; ИРНА; ایرنا", "irna.ir"),
    ("SANA", "SANA; سانا", "sana.sy"),
    ("MENA", "Middle East News Agency; MENA; أ ش أ", "mena.org.eg"),
    ("APS", "Algérie Presse Service; APS", "aps.dz"),
    ("Bernama", "Bernama; BERNAMA", "bernama.com"),
    ("Antara", "ANTARA; Antara", "antaranews.com"),
    ("KCNA", "Korean Central News Agency; KCNA; ЦТАК; 朝中社", "kcna.kp"),
    ("Prensa Latina", "Prensa Latina", "prensa-latina.cu plenglish.com"),
)

_AGENCY_OF: Final = {each.strip(): name for name, spellings, _ in _AGENCIES for each in spellings.split(";")}
_FOLDED: Final = {spelling.casefold(): name for spelling, name in _AGENCY_OF.items()}
_OF_HOST: Final = {host: name for name, _, hosts in _AGENCIES for host in hosts.split()}

# Names that mean other things too: they count where a form says that a source is named, not in running text.
_OTHER_THINGS: Final = frozenset(
    {
        "AA", "AAP", "ANI", "ANP", "ANSA", "ANTARA", "APA", "APS", "ATS", "Ansa", "Antara", "Ap", "EP", "MENA", "PA",
        "PAP", "SANA", "SDA", "SPA", "Sputnik", "Спутник",
    }
)  # fmt: skip

_HEAD_LINES: Final = 6  # of a text, in which a dateline or a byline stands: captions and dates come before it
_TAIL_LINES: Final = 6  # in which a copyright notice stands: sports wires put links below it
_LAST_LINES: Final = 2  # in which the line stands that closes a text
_LEAD_LEAST: Final = 60  # characters; a shorter paragraph is a caption, a place or a date
_LEAD_CHARS: Final = 400
_JOINED_SCRIPTS: Final = "\u0600"  # Arabic, and all that is written in Chinese signs or Hangul
_LINE_CHARS: Final = 240  # of a line that is looked at: datelines stand at its beginning


def _any_of(spellings: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(each) for each in sorted(spellings, key=lambda each: (-len(each), each))) + ")"


_NAME: Final = rf"(?<!\w){_any_of(_AGENCY_OF)}(?!\w)"
_ANY: Final = _any_of(_AGENCY_OF.keys() - _OTHER_THINGS)
_CLEAR: Final = rf"(?<!\w){_ANY}(?!\w)"
_SEVERAL: Final = rf"(?:[Tt]he )?{_NAME}(?:\s*(?:[-–—/,&+|•]|and|et|y|und|e|и|و)\s*(?:the )?{_NAME})*"

_ALONE: Final = re.compile(_SEVERAL)
# Where words are not spaced, or take their prefixes with them, no edge of a word can be asked for.
_SPELLED: Final = re.compile(_NAME + "|" + _any_of(each for each in _AGENCY_OF if each >= _JOINED_SCRIPTS))
_DATELINE: Final = re.compile(
    # PARIS (AFP) –  OSLO, Aug 30 (Reuters) -  Berlin (dpa/lno) -  МОСКВА, 5 июня. /ТАСС/.  МОСКВА, 3 мар — РИА.
    rf"[^!?]{{0,80}}?[(\[（]\s*{_SEVERAL}(?:/\w{{1,10}})?\s*[)\]）]\s*\.?\s*[-–—−:]"
    rf"|[^!?]{{0,60}}?(?:^|\s)/\s*{_SEVERAL}\s*/(?!\w)"
    rf"|[^!?]{{2,40}}?\d{{1,2}}\s\w+\.?\s*[-–—]\s*{_NAME}\s*[.,]"
    rf"|新[华華]社.{{1,20}}?[电電]"
)
_BYLINE: Final = re.compile(
    rf"(?:[Bb]y|BY|Par|Por|Von|Di|Door|Source ?:|Fuente:|Fonte:|Quelle:|Источник:|المصدر ?:|来源[:：])\s*"
    rf"(?:[^\d,|/]{{2,40}}[,|/]\s*)?{_SEVERAL}(?:\s(?:[Ss]taff|[Nn]ews|[Aa]gency|[Ww]riters?|[Rr]eporters?))*\W*"
    rf"|{_SEVERAL}\s*\|.{{0,60}}"
    rf"|.{{0,200}}?\d\d:\d\d\s*\({_SEVERAL}\)"  # Updated: 2016-07-15 06:50 (Xinhua)
)
_AUTHOR: Final = re.compile(
    rf"(?:[Bb]y\s+)?(?:.{{0,60}}?(?:[,;|/&(]|\bfor|\bof|\band)\s*)?{_SEVERAL}"
    rf"(?:\s(?:[Ss]taff|[Nn]ews|[Aa]gency|[Ww]riters?|[Rr]eporters?))*\W*"
)
_COPYRIGHT: Final = re.compile(
    rf"(?:©|\([Cc]\)|[Cc]opyright|COPYRIGHT)[\s©]*(?:\([Cc]\))?\s*(?:(?:19|20)\d\d)\W{{1,3}}{_SEVERAL}"
)
_SIGNED: Final = re.compile(rf"[\w/.]{{0,15}}\s*\({_SEVERAL}\)")  # jm/dm (AFP, dpa)
_HEADLINE: Final = re.compile(rf".*(?:[:|]|\s[-–—])\s*({_SEVERAL})\W*")  # Truck rams crowd: Reuters
# Wordings that rest what is said on an agency. Which language a text is in need not be asked: they do not collide.
_ENGLISH: Final = (
    rf"{_CLEAR}(?: news agency| news service)?,? (?:has |had |have )?(?:report(?:s|ed)|said|says|wrote|quoted)\b"
    rf"|\b(?:told|reported|reports|according to|citing|quoted by|reported by|told by) (?:the )?"
    rf"(?:[\w’'-]+ ){{0,4}}?{_CLEAR}"
)
_FRENCH: Final = (
    rf"\b(?:selon|d['’]après|rapporte|rapporté|indique|indiqué|annonce|citée? par|auprès de|à) "
    rf"(?:par )?(?:l['’]|la |le )?(?:agence )?(?:de presse )?(?:\w+ )?{_CLEAR}"
    rf"|{_CLEAR},? (?:a )?(?:rapporte|rapporté|indique|indiqué)\b"
)
_IBERIAN_AND_ITALIAN: Final = (
    rf"\b(?:según|de acuerdo con|informó|informa|reportó|dijo a|segundo|informou|disse à|secondo|riporta|riferisce) "
    rf"(?:a |la |o |l['’]|el )?(?:agencia |agência |agenzia )?(?:\w+ )?{_CLEAR}"
)
_GERMAN_AND_DUTCH: Final = (
    rf"\b(?:laut|nach Angaben|berichtete?|meldete?|sagte|wie|volgens|meldt) (?:der |die |von |het |de )?"
    rf"(?:\w+ )?(?:Nachrichtenagentur |Agentur |persbureau )?{_CLEAR}"
)
_RUSSIAN_AND_UKRAINIAN: Final = (
    rf"(?:сообщил[аио]?|сообщает|сообщают|передал[аио]?|переда[её]т|пишет|рассказал[аио]?|заявил[аио]?|по данным|"
    rf"по сообщению|по информации|со ссылкой на|повідомля[єю]ть?|повідомив|повідомила|за даними) "
    rf"(?:агентств[оаеу] |корреспондент[ауом]* |журналистам )?[«\"“]?{_CLEAR}"
)
_ARABIC: Final = (
    rf"(?:وفقا ل|وفقاً ل|نقلا عن|نقلاً عن|بحسب|حسب|ذكرت|أفادت|قالت|نقلت|لوكالة|وكالة)\s?ل?"
    rf"(?:وكالة )?(?:الأنباء |أنباء )?(?:\w+ )?{_ANY}"
)
_CHINESE_AND_JAPANESE: Final = rf"[据據]\s?{_ANY}|{_ANY}.{{0,12}}?(?:报道|報道|报导|報導|によると)"
_TURKISH: Final = rf"{_CLEAR}['’]\w{{1,4}} (?:\w+ )?(?:göre|haber\w*)"
_WORDINGS: Final = (
    _ENGLISH, _FRENCH, _IBERIAN_AND_ITALIAN, _GERMAN_AND_DUTCH, _RUSSIAN_AND_UKRAINIAN, _ARABIC, _CHINESE_AND_JAPANESE,
    _TURKISH,
)  # fmt: skip
_RESTS_ON: Final = re.compile("|".join(_WORDINGS))


def credited_to(title: str, body: str, *, author: str | None = None, site: str | None = None) -> tuple[str, ...]:
    """Return the agencies that an article is credited to, in order of their names; () for work of its own.

    author, site: as the page says; believed here, since a credit can only make an article less of a source.
    """
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    lead = next((line[:_LEAD_CHARS] for line in lines if len(line) >= _LEAD_LEAST), "")
    places = [*_head(lines), *_tail(lines), *_leads(title[:_LEAD_CHARS], lead), *_page(author), *_page(site)]
    return tuple(sorted({_AGENCY_OF[spelling] for place in places for spelling in _SPELLED.findall(place)}))


def agency_of(host: str, outlet: str) -> str | None:
    """Return the agency whose own host this is, or whose name the operator gave as the outlet's."""
    labels = host.split(".")
    domains = (".".join(labels[at:]) for at in range(len(labels)))
    own = next((_OF_HOST[each] for each in domains if each in _OF_HOST), None)
    return own or _FOLDED.get(outlet.casefold().removeprefix("the "))


def _head(lines: list[str]) -> Iterable[str]:
    for line in lines[:_HEAD_LINES]:
        for form in (_DATELINE.match(line[:_LINE_CHARS]), _BYLINE.fullmatch(line[:_LINE_CHARS])):
            if form is not None:
                yield form.group()


def _tail(lines: list[str]) -> Iterable[str]:
    for line in lines[-_TAIL_LINES:]:
        if (notice := _COPYRIGHT.match(line[:_LINE_CHARS])) is not None:
            yield notice.group()
    for line in lines[-_LAST_LINES:]:
        if len(line) <= _LINE_CHARS and (_ALONE.fullmatch(line) or _SIGNED.fullmatch(line)):
            yield line


def _leads(title: str, lead: str) -> Iterable[str]:
    if (source := _HEADLINE.fullmatch(title)) is not None:
        yield source.group(1)
    for text in (title, lead):
        yield from (said.group() for said in _RESTS_ON.finditer(text))


def _page(field: str | None) -> Iterable[str]:
    text = (field or "").strip()[:_LINE_CHARS]
    return (text,) if _AUTHOR.fullmatch(text) else ()
