"""Credits: which news agencies a text gives as its source."""

import pytest

from monitor.text.credits import agency_of, credited_to

DATELINES = [
    ("TARVIK, June 5 (Reuters) - The harbour was shut on Monday.", "Reuters"),
    ("(Reuters) – The harbour was shut on Monday.", "Reuters"),
    ("TARVIK, Nordland (AP) — The harbour was shut on Monday.", "AP"),
    ("BAMAKO, 5 juin (AFP) – Le port a été fermé lundi.", "AFP"),
    ("Berlin (dpa/lno) - Der Hafen ist seit Montag geschlossen.", "dpa"),
    ("Tarvik, 5 jun (EFE).- El puerto cerró el lunes.", "EFE"),
    ("МОСКВА, 5 июня. /ТАСС/. Порт закрыли в понедельник.", "TASS"),
    ("МОСКВА, 5 июн — РИА Новости. Порт закрыли в понедельник.", "RIA"),
    ("تارفيك (رويترز) - أغلق الميناء يوم الاثنين.", "Reuters"),
    ("新华社北京6月5日电 港口星期一关闭。", "Xinhua"),
]
LEADS = [
    ("The harbour was shut on Monday after a fire, Reuters reported, and ferries were sent back.", "Reuters"),
    ("The harbour was shut on Monday after a fire, officials told the French news agency AFP in Tarvik.", "AFP"),
    ("The harbour was shut on Monday, according to the Associated Press, and all ferries were sent back.", "AP"),
    ("Le port a été fermé lundi après un incendie, selon l’agence AFP, et les bateaux ont fait demi-tour.", "AFP"),
    ("El puerto cerró el lunes tras un incendio, informó la agencia EFE, y los barcos volvieron.", "EFE"),
    ("Der Hafen ist seit Montag geschlossen, wie die Nachrichtenagentur dpa am Abend meldete.", "dpa"),
    ("Порт закрыли в понедельник после пожара, как сообщает ТАСС со ссылкой на мэрию.", "TASS"),
    ("أغلق الميناء يوم الاثنين بعد حريق كبير، بحسب وكالة رويترز للأنباء، ولم يعلق أحد حتى الآن", "Reuters"),
    ("据法新社报道，港口星期一因火灾关闭，所有渡轮都被送回，市长说没有人受伤，但是港口还要关闭三天。" * 2, "AFP"),
    ("Liman pazartesi günü yangından sonra kapatıldı, Reuters'ın haberine göre bütün vapurlar geri döndü.", "Reuters"),
]  # fmt: skip
FILLER = "\n".join(
    f"The mayor said on Monday that pier {n} of the harbour would stay shut for some days." for n in range(9)
)


@pytest.mark.parametrize(("text", "agency"), DATELINES)
def test_a_dateline_credits_the_article(text: str, agency: str) -> None:
    assert credited_to("Harbour shut", text) == (agency,)
    assert credited_to("Harbour shut", f"A ferry at the pier. [Getty]\n{text}") == (agency,)


@pytest.mark.parametrize(("text", "agency"), LEADS)
def test_a_lead_that_rests_on_an_agency_credits_it(text: str, agency: str) -> None:
    assert credited_to("Harbour shut", text) == (agency,)
    assert credited_to(text, FILLER) == (agency,)


@pytest.mark.parametrize(("text", "agency"), LEADS)
def test_the_same_words_further_down_are_a_detail(text: str, agency: str) -> None:
    assert credited_to("Harbour shut", f"{FILLER}\n{text}\n{FILLER}") == ()


@pytest.mark.parametrize(
    "line", ["By Reuters", "By Jane Doe, Associated Press", "Xinhua | Updated: 2024-05-01", "Source: AFP"]
)
def test_a_byline_credits(line: str) -> None:
    assert len(credited_to("Harbour shut", f"{line}\n{FILLER}")) == 1


@pytest.mark.parametrize(
    "line", ["Reuters", "PA", "AP - AFP", "jm/dm (AFP, dpa)", "© 2024 AFP", "Copyright 2024 The Associated Press."]
)
def test_a_line_that_closes_the_text_credits_all_it_names(line: str) -> None:
    assert credited_to("Harbour shut", f"{FILLER}\n{line}")


def test_who_is_named_together_is_credited_together() -> None:
    assert credited_to("Harbour shut", f"{FILLER}\nReuters - Ap - Afp") == ("AFP", "AP", "Reuters")


def test_a_headline_may_name_its_source() -> None:
    assert credited_to("Harbour shut after fire: Reuters", FILLER) == ("Reuters",)
    assert credited_to("Reuters: the story of an agency", FILLER) == ()


@pytest.mark.parametrize(
    "line",
    [
        "Ferries at the pier of Tarvik. [Reuters]",
        "Image copyright Reuters Image caption A ferry at the pier",
        "Toru Yamanaka /AFP/Getty Images",
        "© AFP",
        "Photo: REUTERS/Mike Blake",
        "A Reuters photographer was killed in the harbour on Monday, the army of the country said later.",
        "ERIE, Pa. - The harbour was shut on Monday after a fire in the north of the town, officials said.",
        "The countries of the MENA region said on Monday that they would send ferries to the harbour soon.",
        "The Associated Press contributed to this report.",
        "Reuters",
    ],
)  # fmt: skip
def test_pictures_subjects_and_helpers_are_no_credit(line: str) -> None:
    assert credited_to("Harbour shut", f"{line}\n{FILLER}") == ()
    assert credited_to("Harbour shut", f"{FILLER}\n{line}\n{FILLER}") == ()


@pytest.mark.parametrize(
    ("field", "found"), [("Reuters Staff", "Reuters"), ("Jane Doe, Associated Press", "AP"), ("AFP", "AFP")]
)
def test_the_author_or_the_site_of_a_page_may_be_an_agency(field: str, found: str) -> None:
    assert (
        credited_to("Harbour shut", FILLER, author=field) == credited_to("Harbour shut", FILLER, site=field) == (found,)
    )


def test_a_person_is_no_agency() -> None:
    assert credited_to("Harbour shut", FILLER, author="Jane Doe", site="The Reuters Institute blog") == ()
    assert credited_to("", "") == ()


def test_an_agency_has_hosts_of_its_own() -> None:
    assert agency_of("uk.reuters.com", "Wire") == "Reuters"
    assert agency_of("notreuters.com", "Wire") is None
    assert agency_of("reuters.com.evil.example", "Wire") is None


def test_the_operator_may_call_an_outlet_by_the_agencys_name() -> None:
    assert agency_of("", "the Associated Press") == agency_of("feeds.example", "AP") == "AP"
    assert agency_of("", "") is None


def test_a_long_line_is_looked_at_in_part() -> None:
    assert credited_to("Harbour shut", "x " * 5_000 + "(Reuters) - The harbour was shut.") == ()
    assert credited_to("Harbour shut", FILLER + "\n" + "Reuters, " * 5_000) == ()
