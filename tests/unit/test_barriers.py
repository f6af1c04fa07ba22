"""A wall is noticed, and nothing else is taken for one: what is imagined costs an article."""

import json

import pytest

from monitor.model.article import Barrier
from monitor.sources.extract import extract_page

LEADS = {
    "en": "The government asked the mission to leave without delay, the foreign minister told the council on Friday.",
    "fr": "Le gouvernement a demandé à la mission de partir sans délai, a dit le ministre au Conseil vendredi soir.",
    "de": "Die Regierung forderte die Mission auf, das Land ohne Verzug zu verlassen, sagte der Minister am Freitag.",
    "es": "El gobierno pidió a la misión que se marchara sin demora, dijo el ministro ante el Consejo el viernes.",
    "ru": "Правительство потребовало, чтобы миссия покинула страну без промедления, сообщил министр в пятницу.",
    "ar": "طلبت الحكومة من البعثة المغادرة دون تأخير، بحسب ما قال وزير الخارجية أمام المجلس يوم الجمعة الماضي.",
}
MORE = (
    "Officials said that talks with the neighbours went on in the capital, though nobody expected an agreement.",
    "Some thirteen thousand soldiers are stationed in the country, most of them in towns of the north and centre.",
    "The council is to vote at the end of the month, and two of its members have said that they will abstain.",
)
NAVIGATION = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("News", "World", "Business", "Sport") * 30)


def page(*paragraphs: str, head: str = "", title: str = "The capital, on Friday", behind: str = "") -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<html><head><title>{title}</title>{head}</head><body><nav><ul>{NAVIGATION}</ul></nav>"
        f"<main><article><h1>{title}</h1>{body}</article>{behind}</main></body></html>"
    ).encode()


def bare(title: str, *paragraphs: str) -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()


def barrier(html: bytes, url: str | None = "https://www.example.org/world/story-12345.html") -> Barrier | None:
    return extract_page(html, url).barrier


def ld(**told: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **told})}</script>'


@pytest.mark.parametrize(
    ("language", "offer"),
    [
        ("en", "Subscribe now to continue reading this story."),
        ("en", "You have reached your limit of free articles."),
        ("en", "This article is reserved for our subscribers."),
        ("fr", "Cet article est réservé aux abonnés. Il vous reste 73.5% de cet article à lire."),
        ("de", "Jetzt weiterlesen mit dem Probeabo."),
        ("es", "Contenido exclusivo para suscriptores."),
        ("ru", "Материал доступен только для подписчиков."),
        ("ar", "هذا المقال للمشتركين فقط"),
    ],
)
def test_what_offers_a_subscription_behind_a_short_text_is_a_pay_wall(language: str, offer: str) -> None:
    assert barrier(page(LEADS[language], behind=f"<div><p>{offer}</p></div>")) == Barrier.PAY_WALL


@pytest.mark.parametrize("call", ["Continue reading", "Lire la suite", "Weiterlesen", "Leer más", "Читать далее"])
def test_a_text_that_breaks_off_with_a_call_to_read_on_is_a_pay_wall(call: str) -> None:
    assert barrier(page(LEADS["en"], f"{MORE[0][:-1]} and so …", f"{call} »")) == Barrier.PAY_WALL


@pytest.mark.parametrize("language", sorted(LEADS))
def test_a_short_report_without_an_offer_is_none(language: str) -> None:
    assert barrier(page(LEADS[language])) is None


def test_an_offer_elsewhere_on_the_page_is_none() -> None:
    offer = "<footer><p>Subscribe now to keep up with the world.</p></footer>"
    far = "".join(f"<li><a href='/{number}'>A headline about something else</a></li>" for number in range(40))
    html = page(LEADS["en"], *MORE, behind=f"<nav><ul>{far}</ul></nav>{offer}")
    assert LEADS["en"] in extract_page(html, None).text
    assert barrier(html) is None


def test_a_whole_text_that_is_marked_as_paid_is_none() -> None:
    """Publishers mark what they meter; what stands there in full can be read."""
    head = ld(isAccessibleForFree=False, hasPart={"isAccessibleForFree": False, "cssSelector": ".paywall"})
    assert barrier(page(LEADS["en"], *MORE * 6, head=head)) is None


def test_a_short_text_that_is_marked_as_paid_is_a_pay_wall() -> None:
    assert barrier(page(LEADS["en"], head=ld(isAccessibleForFree="False"))) == Barrier.PAY_WALL
    assert barrier(page(LEADS["en"], head=ld(isAccessibleForFree="http://schema.org/False"))) == Barrier.PAY_WALL


def test_a_short_text_is_whole_where_its_paid_part_stands_on_the_page() -> None:
    head = ld(isAccessibleForFree=False, hasPart={"isAccessibleForFree": False, "cssSelector": ".paid-part"})
    paid = f"<div class='story paid-part'>{MORE[0]} {MORE[1]}</div>"
    assert barrier(page(LEADS["en"], paid, head=head)) is None
    assert barrier(page(LEADS["en"], MORE[0], head=head)) == Barrier.PAY_WALL


def test_the_number_of_words_tells_a_whole_text_from_a_part() -> None:
    whole = page(LEADS["en"], *MORE, head=ld(isAccessibleForFree=False, wordCount=70))
    part = page(LEADS["en"], *MORE * 6, head=ld(isAccessibleForFree=False, wordCount="2200"))
    assert (barrier(whole), barrier(part)) == (None, Barrier.PAY_WALL)


def test_a_long_text_that_is_marked_as_paid_and_breaks_off_is_a_pay_wall() -> None:
    text = (*MORE * 6, "The minister went on to say that the mission would…")
    assert barrier(page(*text, head=ld(isAccessibleForFree=False))) == Barrier.PAY_WALL
    assert barrier(page(*text)) is None


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Before you continue", "We use cookies and data to deliver our services. Accept all cookies"),
        ("We value your privacy", "We and our 812 partners store and/or access information on a device."),
        ("Avant de continuer", "Nous et nos partenaires stockons des données. Continuer sans accepter."),
        ("Bevor Sie fortfahren", "Wir und unsere Partner nutzen Cookies. Alle akzeptieren."),
        ("Tu privacidad", "Valoramos tu privacidad. Nosotros y nuestros 700 socios usamos cookies."),
        ("Конфиденциальность", "Сайт использует файлы cookie. Принять все файлы cookie и продолжить."),
        ("الخصوصية", "نستخدم ملفات تعريف الارتباط. قبول جميع ملفات تعريف الارتباط"),
    ],
)
def test_a_page_that_asks_for_consent_alone_is_a_consent_wall(title: str, words: str) -> None:
    assert barrier(bare(title, words)) == Barrier.CONSENT_WALL


def test_a_long_explanation_of_consent_is_a_consent_wall() -> None:
    talk = (
        "With your agreement, we and our 812 partners use cookies to store and/or access information on a device. "
        "Some of them rely on legitimate interests; you may manage your preferences at any time below. "
    )
    assert barrier(bare("Your choices", talk * 3)) == Barrier.CONSENT_WALL


@pytest.mark.parametrize(
    "url",
    [
        "https://consent.google.de/ml?continue=https://news.google.com/",
        "https://consent.yahoo.com/v2/collectConsent?sessionId=1",
        "https://guce.techcrunch.com/copyConsent?x=1",
        "https://myprivacy.example.net/consent?siteKey=x",
    ],
)
def test_a_known_consent_host_is_a_consent_wall_whatever_it_says(url: str) -> None:
    assert barrier(page(LEADS["en"], *MORE * 6), url) == Barrier.CONSENT_WALL


def test_a_banner_beside_an_article_is_none() -> None:
    words = "We value your privacy. We and our 812 partners use cookies. Accept all cookies"
    banner = f"<div class='banner'><p>{words}</p></div>"
    assert barrier(page(LEADS["en"], *MORE, behind=banner)) is None
    assert barrier(page(LEADS["fr"], behind=banner)) is None


def test_an_article_about_consent_is_none() -> None:
    text = "The regulator said that buttons which accept all cookies must stand beside one that says no. "
    assert (
        barrier(page(*[text + more for more in MORE * 3]), "https://www.example.org/tech/cookie-consent-fines") is None
    )


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Page not found", "Sorry, it may have been moved."),
        ("404 - Not Found | Example Times", "Try the search."),
        ("Access Denied", "You don't have permission to access this resource on this server. Reference #18.2d"),
        ("Just a moment...", "Checking if the site connection is secure."),
        ("example.org", "Please enable JS and disable any ad blocker"),
        ("Are you a robot?", "To continue, please click the box below."),
        ("Oops! That page can't be found.", "Nothing here."),
        ("Page introuvable", "Le contenu a été déplacé."),
        ("Seite nicht gefunden", "Die Adresse ist falsch."),
        ("Página no encontrada", "Vuelva al inicio."),
        ("Страница не найдена", "Проверьте адрес."),
        ("Доступ ограничен", "Подтвердите, что вы не робот."),
        ("الصفحة غير موجودة", "عد إلى الصفحة الرئيسية"),
    ],
)
def test_an_error_page_that_answers_200_is_one(title: str, words: str) -> None:
    assert barrier(bare(title, words)) == Barrier.ERROR_PAGE


@pytest.mark.parametrize(
    "title",
    [
        "Just a moment of peace in the capital",
        "Access denied: how the mission lost its airfields",
        "Security check holds up convoy",
        "Error 404 gang jailed over fake pages",
    ],
)
def test_an_article_with_such_a_headline_is_none(title: str) -> None:
    assert barrier(page(LEADS["en"], MORE[0], title=title)) is None


def test_an_empty_page_has_no_barrier() -> None:
    assert barrier(b"<html><body><div id='app'></div></body></html>") is None
    assert barrier(page()) is None


def test_a_whole_article_under_the_title_of_an_error_page_is_none() -> None:
    assert barrier(page(LEADS["en"], *MORE * 2, title="Access denied")) is None
    assert barrier(page(LEADS["en"], title="Access denied")) == Barrier.ERROR_PAGE
