"""Answers of a writer: true ones that must be told, and lies that must not. Each row stands on sentences of its own."""

import json
from collections.abc import Sequence

from monitor.model.writing import Offered

FERRY = (
    "The ferry Orla sank off Tarvik on Monday with 210 people aboard, the harbour master Jonas Brandt said.",
    "“We heard a loud bang and then the lights went out,” a passenger told the broadcaster NRB.",
    "Rescuers pulled 1,340 litres of fuel and three lifeboats out of the water by 15 March.",
    "The owner will pay 3 million crowns to the families, twice what it had promised in 2019.",
)
KNOWN = ("The ferry Orla had 180 people aboard when it left Velka.",)
FRENCH = (
    "Le ferry Orla a coulé lundi au large de Tarvik avec deux cents passagers à bord, selon le capitaine Brandt.",
    "« Nous avons entendu une explosion », a déclaré la ministre Élise Caron au mois de mars.",
)
GERMAN = (
    "Die Fähre Orla ist am Montag vor Tarvik mit 210 Menschen an Bord gesunken, sagte Hafenmeister Brandt.",
    "„Wir haben alles verloren“, sagte ein Fahrgast dem Sender.",
)
SPANISH = (
    "El ferry Orla se hundió el lunes frente a Tarvik con quince personas a bordo, dijo el capitán Brandt en marzo.",
)
RUSSIAN = (
    "Паром «Орла» затонул в понедельник у Тарвика, на борту было пять тысяч литров топлива, сообщил капитан Брандт.",
    "«Мы услышали громкий взрыв», сказал пассажир.",
)
ARABIC = ("غرقت العبارة أورلا يوم الاثنين قبالة تارفيك وعلى متنها ٢١٠ أشخاص، كما قال القبطان براندت.",)
CHINESE = ("渡轮奥拉号周一在塔尔维克附近沉没，船上有210人，港务长布兰特说。",)

Row = tuple[str, str, Sequence[str], str, Sequence[str | int]]  # what it is; language; new sentences; bullet; cites

TRUE: tuple[Row, ...] = (
    ("a sentence as it stands", "en", FERRY, FERRY[0], ["1"]),
    ("shortened", "en", FERRY, "The ferry Orla sank off Tarvik on Monday with 210 people aboard.", ["1"]),
    ("put in other common words", "en", FERRY, "Jonas Brandt said that 210 were on the ferry when it sank.", ["1"]),
    ("an id as a number", "en", FERRY, "A ferry with 210 people aboard sank off Tarvik.", [1]),
    ("of two sentences", "en", FERRY, "The Orla sank, and rescuers took three lifeboats out of the water.", ["1", "3"]),
    ("a quotation", "en", FERRY, "A passenger said: “We heard a loud bang.”", ["2"]),
    ("a quotation in other marks", "en", FERRY, "A passenger heard \"a loud bang\" before the lights went out.", ["2"]),
    ("a number in another form", "en", FERRY, "Rescuers took 1340 litres of fuel out of the water.", ["3"]),
    ("words for figures", "en", FERRY, "The owner will pay three million crowns to the families.", ["4"]),
    ("figures for words", "en", FERRY, "Rescuers took 3 lifeboats out of the water by 15 March.", ["3"]),
    ("all figures", "en", FERRY, "The owner will pay 3,000,000 crowns, more than it promised in 2019.", ["4"]),
    ("what was known before", "en", FERRY, "The Orla had 210 people aboard, not 180 as before.", ["1", "k1"]),
    ("a possessive", "en", FERRY, "The Orla's lights went out after a loud bang.", ["1", "2"]),
    ("another form of a rare word", "en", FERRY, "A lifeboat was pulled out of the water.", ["3"]),
    ("French", "fr", FRENCH, "Le ferry a coulé lundi au large de Tarvik avec deux cents passagers.", ["1"]),
    ("French figures", "fr", FRENCH, "Le ferry Orla avait 200 passagers à bord.", ["1"]),
    ("French quotation", "fr", FRENCH, "Élise Caron\u00a0: «\u00a0Nous avons entendu une explosion\u00a0».", ["2"]),
    ("German", "de", GERMAN, "Die Fähre ist vor Tarvik gesunken, sagte Brandt.", ["1"]),
    ("German quotation", "de", GERMAN, "Ein Fahrgast sagte: „Wir haben alles verloren.“", ["2"]),
    ("Spanish", "es", SPANISH, "El ferry se hundió el lunes frente a Tarvik con 15 personas a bordo.", ["1"]),
    ("Russian", "ru", RUSSIAN, "Паром «Орла» затонул у Тарвика, на борту было 5000 литров топлива.", ["1"]),
    ("Russian quotation", "ru", RUSSIAN, "Пассажир сказал: «Мы услышали громкий взрыв».", ["2"]),
    ("Arabic", "ar", ARABIC, "غرقت العبارة أورلا قبالة تارفيك وعلى متنها 210 أشخاص.", ["1"]),
    ("Chinese", "zh", CHINESE, "渡轮奥拉号在塔尔维克附近沉没，船上有210人。", ["1"]),
)  # fmt: skip

LIES: tuple[Row, ...] = (
    # numbers
    ("a Roman numeral", "en", FERRY, "Ⅴ people were on the ferry when it sank.", ["1"]),
    ("a number in a circle", "en", FERRY, "The ferry Orla sank with ④ people aboard.", ["1"]),
    ("a name one letter longer", "en", FERRY, "The ferry sank off Tarviks on Monday.", ["1"]),
    ("a name as one of many", "fr", FRENCH, "Le ferry a coulé lundi, selon le capitaine Brandts.", ["1"]),
    ("a quotation in marks of other scripts: 《》", "en", FERRY, "《We heard a shot》, a passenger said.", ["2"]),
    ("a quotation in marks of other scripts: 〈〉", "en", FERRY, "〈We heard a shot〉, a passenger said.", ["2"]),
    ("a quotation in marks of other scripts: ❝❞", "en", FERRY, "❝We heard a shot❞, a passenger said.", ["2"]),
    ("a quotation in marks of other scripts: ❛❜", "en", FERRY, "❛We heard a shot❜, a passenger said.", ["2"]),
    ("a quotation in marks of other scripts: ״״", "en", FERRY, "״We heard a shot״, a passenger said.", ["2"]),
    ("a quotation in marks of other scripts: ⟨⟩", "en", FERRY, "⟨We heard a shot⟩, a passenger said.", ["2"]),
    ("a quotation in marks of other scripts: ｢｣", "en", FERRY, "｢We heard a shot｣, a passenger said.", ["2"]),
    ("another number", "en", FERRY, "The ferry Orla sank with 120 people aboard.", ["1"]),
    ("a number of a sentence that is not cited", "en", FERRY, "The Orla had 1,340 people aboard.", ["1"]),
    ("a digit more", "en", FERRY, "The ferry Orla sank with 2,100 people aboard.", ["1"]),
    ("another year", "en", FERRY, "The owner will pay more than it promised in 2018.", ["4"]),
    ("another unit", "en", FERRY, "The owner will pay 3 billion crowns.", ["4"]),
    ("a number apart from its million", "en", FERRY, "The owner will pay 3 crowns.", ["4"]),
    ("a number word", "en", FERRY, "The owner will pay ninety million crowns.", ["4"]),
    ("a lone number word", "en", FERRY, "Hundreds of people were on the ferry.", ["1"]),
    ("a decimal", "en", FERRY, "The owner will pay 3.5 million crowns.", ["4"]),
    ("a date", "en", FERRY, "Rescuers took three lifeboats out of the water by 16 March.", ["3"]),
    ("a number glued to a letter", "en", FERRY, "The owner will pay 3bn crowns.", ["4"]),
    ("figures of another script", "en", FERRY, "The Orla had ٩٠ people aboard.", ["1"]),
    ("full-width figures", "en", FERRY, "The Orla had ９０ people aboard.", ["1"]),
    ("a number in another language", "en", FERRY, "The Orla had cinquante people aboard.", ["1"]),
    ("a French number word", "fr", FRENCH, "Le ferry Orla avait trois cents passagers à bord.", ["1"]),
    ("a German compound", "de", GERMAN, "Die Fähre Orla ist mit dreihundert Menschen gesunken.", ["1"]),
    ("a Spanish number word", "es", SPANISH, "El ferry se hundió con once personas a bordo.", ["1"]),
    ("a Russian number word", "ru", RUSSIAN, "На борту было шесть тысяч литров топлива.", ["1"]),
    ("an Arabic number", "ar", ARABIC, "غرقت العبارة أورلا وعلى متنها ٣١٠ أشخاص.", ["1"]),
    ("an Arabic number word", "ar", ARABIC, "غرقت العبارة أورلا وعلى متنها خمسون شخصا.", ["1"]),
    ("a Chinese number", "zh", CHINESE, "渡轮奥拉号沉没，船上有三百人。", ["1"]),
    ("a French month", "fr", FRENCH, "La ministre Élise Caron a parlé au mois de juin.", ["2"]),
    ("a French day", "fr", FRENCH, "Le ferry Orla a coulé jeudi.", ["1"]),
    ("a Spanish day", "es", SPANISH, "El ferry se hundió el martes.", ["1"]),
    # names
    ("another person", "en", FERRY, "Harbour master Peter Brandt said so.", ["1"]),
    ("a name that begins the bullet", "en", FERRY, "Putin said that the ferry sank.", ["1"]),
    ("a name after a stop", "en", FERRY, "The ferry sank. Putin knew it.", ["1"]),
    ("another place", "en", FERRY, "The ferry Orla sank off Bergen.", ["1"]),
    ("a name of a sentence that is not cited", "en", FERRY, "Jonas Brandt heard a loud bang.", ["2"]),
    ("a headline full of capitals", "en", FERRY, "Smith Says Ferry Orla Sank Off Tarvik", ["1"]),
    ("an acronym", "en", FERRY, "The CIA said that the ferry sank.", ["1"]),
    ("a name without capitals", "en", FERRY, "the ferry sank, putin said", ["1"]),
    ("a name with a small first letter", "en", FERRY, "The ferry sank with eBay people aboard.", ["1"]),
    ("a name behind look-alike letters", "en", FERRY, "The ferry sank, Рutin said.", ["1"]),
    ("another month", "en", FERRY, "Rescuers took three lifeboats out of the water by 15 May.", ["3"]),
    ("another day", "en", FERRY, "The ferry Orla sank on Friday.", ["1"]),
    ("a French name", "fr", FRENCH, "Le ferry a coulé, selon Macron.", ["1"]),
    ("a German name", "de", GERMAN, "Die Fähre ist gesunken, sagte Scholz.", ["1"]),
    ("a Russian name", "ru", RUSSIAN, "Паром «Орла» затонул, сообщил Путин.", ["1"]),
    ("an Arabic name", "ar", ARABIC, "غرقت العبارة أورلا كما قال بوتين.", ["1"]),
    ("a Chinese name", "zh", CHINESE, "渡轮奥拉号沉没，习近平说。", ["1"]),
    # quotations
    ("an invented quotation", "en", FERRY, "A passenger said: “We saw the lights and then a bang.”", ["2"]),
    ("a quotation with a word changed", "en", FERRY, "“We heard a loud noise and then the lights went out.”", ["2"]),
    ("a quotation across two sentences", "en", FERRY, "“NRB. Rescuers pulled” it out of the water.", ["2", "3"]),
    ("a quotation of a sentence that is not cited", "en", FERRY, "He said: “We heard a loud bang.”", ["1"]),
    ("a quotation in single marks", "en", FERRY, "A passenger heard 'a loud lights bang' on the ferry.", ["2"]),
    ("a quotation that does not end", "en", FERRY, "A passenger said: “We went out.", ["2"]),
    ("a quotation in corner marks", "en", FERRY, "A passenger said 「loud lights」.", ["2"]),
    ("a French quotation", "fr", FRENCH, "« Nous avons une explosion », a déclaré Élise Caron.", ["2"]),
    ("a German quotation", "de", GERMAN, "„Wir haben alles“, „verloren wir“, sagte ein Fahrgast.", ["2"]),
    ("a Russian quotation", "ru", RUSSIAN, "«Мы сказал громкий взрыв», сказал пассажир.", ["2"]),
    # ids
    ("no sentence cited", "en", FERRY, FERRY[0], []),
    ("a sentence that is not there", "en", FERRY, FERRY[0], ["9"]),
    ("one that is there and one that is not", "en", FERRY, FERRY[0], ["1", "x"]),
    ("a known one that is not there", "en", FERRY, FERRY[0], ["1", "k2"]),
    ("known sentences only", "en", FERRY, KNOWN[0], ["k1"]),
    ("an id in brackets", "en", FERRY, FERRY[0], ["[1]"]),
    ("a negative id", "en", FERRY, FERRY[0], [-1]),
    # form
    ("a link", "en", FERRY, "The ferry Orla sank: http://evil.test/", ["1"]),
    ("a bare domain", "en", FERRY, "The ferry Orla sank, see evil.test for more", ["1"]),
    ("a mention", "en", FERRY, "The ferry Orla sank @everyone", ["1"]),
    ("an address", "en", FERRY, "The ferry Orla sank, mail a@b.c", ["1"]),
    ("a scheme", "en", FERRY, "The ferry Orla sank javascript:it", ["1"]),
    ("HTML", "en", FERRY, "The ferry <b>Orla</b> sank", ["1"]),
    ("an entity", "en", FERRY, "The ferry Orla sank &lt;", ["1"]),
    ("Markdown", "en", FERRY, "The **ferry** Orla sank", ["1"]),
    ("a Markdown link", "en", FERRY, "The [ferry](Orla) sank", ["1"]),
    ("a tag", "en", FERRY, "The ferry Orla sank #ferry", ["1"]),
    ("a control character", "en", FERRY, "The ferry Orla\x07 sank", ["1"]),
    ("a terminal command", "en", FERRY, "The ferry \x1b[31mOrla sank", ["1"]),
    ("a line break", "en", FERRY, "The ferry Orla\nsank", ["1"]),
    ("a direction mark", "en", FERRY, "The ferry \u202eOrla sank", ["1"]),
    ("a hidden letter", "en", FERRY, "The fer\u200bry Orla sank", ["1"]),
    ("a lone surrogate", "en", FERRY, "The ferry \ud800 sank", ["1"]),
    ("nothing but signs", "en", FERRY, "…", ["1"]),
    ("far too long", "en", FERRY, "The ferry Orla sank. " * 20, ["1"]),
)  # fmt: skip


def offered(new: Sequence[str]) -> tuple[Offered, ...]:
    """Return sentences as a writer is given them, with what was known before the ferry."""
    given = [Offered(id=str(number), text=text, is_new=True) for number, text in enumerate(new, 1)]
    given += [Offered(id=f"k{number}", text=text, is_new=False) for number, text in enumerate(KNOWN, 1)]
    return tuple(given)


def answered(*bullets: tuple[str, Sequence[str | int]]) -> str:
    """Return an answer of the form that is asked for."""
    return json.dumps({"bullets": [{"text": text, "cites": list(cites)} for text, cites in bullets]})
