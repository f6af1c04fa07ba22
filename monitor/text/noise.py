"""Noise: sentences and lines that belong to the web page around an article, not to the article.

In:  the sentences, or the lines, of a text, in order.
Out: which are leftovers: a comment form, a share bar, a credit, an author's biography, a date alone, a caption.
Not here: removing them (they are masked, never deleted), reading pages (sources/), what is new (analysis/novelty.py).
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from monitor.text.fold import plain
from monitor.text.sentences import split
from monitor.text.values import MONTHS

# All patterns are held against folded text: lower case, no accents, straight quotes and hyphens.
# A form: it, and what follows it to the end of the page.
_FORMS: Final = (
    r"leave (a|your) (reply|comment)( cancel reply)?",
    r"(post|write|add) (a|your) comment",
    r"join the (conversation|discussion)",
    r"laisser (un|votre) commentaire",
    r"laissez (un|votre) commentaire",
    r"ajouter un commentaire",
    r"(schreiben sie|hinterlassen? sie|schreibe) einen? (kommentar|antwort)",
    r"(einen )?kommentar (schreiben|hinterlassen|verfassen)",
    r"deja (un comentario|una respuesta)",
    r"deja tu comentario",
    r"lascia un commento",
    r"lascia una risposta",
    r"deixe (um comentario|uma resposta|seu comentario)",
    r"(добавить|оставить|оставьте|написать) комментарий",
    r"(اترك|أضف|اضف) (تعليقا|تعليق|ردا)",
    r"bir (yanit|yorum) (birak|yaz)\w*",
    r"geef een reactie",
)
_NETWORKS: Final = r"(twitter|x|facebook|instagram|threads|bluesky|linkedin|youtube|telegram|whatsapp|tiktok)\b"
_ADDRESS: Final = r"(https?://|www\.)\S*[\w/]"
# Whole sentences, but for what follows a "…": these begin a leftover line however it goes on.
_LINES: Final = (
    # comment forms
    r"your e-?mail address will not be published.*",
    r"required fields are marked.*",
    r"save my name, e-?mail.*",
    r"votre adresse (e-?mail|de messagerie) ne sera pas publiee.*",
    r"les champs obligatoires sont indiques.*",
    r"(deine|ihre) e-?mail-adresse wird nicht veroffentlicht.*",
    r"erforderliche felder sind.*",
    r"tu direccion de correo electronico no sera publicada.*",
    r"los campos obligatorios estan.*",
    r"il tuo indirizzo e-?mail non sara pubblicato.*",
    r"i campi obbligatori sono contrassegnati.*",
    r"o seu endereco de e-?mail nao sera publicado.*",
    r"campos obrigatorios sao marcados.*",
    r"ваш (адрес )?e-?mail не будет опубликован.*",
    r"обязательные поля помечены.*",
    r"لن يتم نشر عنوان بريدك.*",
    r"الحقول الالزاميه? مشار.*",
    r"you must be logged in to (post|comment).*",
    r"tell us what you think.*",
    r"have your say( in the comments.*| below.*|$)",
    # share, follow, subscribe
    r"(share|tweet|print|e-?mail|pin|save) (this|it)( (article|story|post|page|link|video))?( (on|with|to|via) .{1,40})?",  # noqa: E501
    r"click to (share|print|e-?mail).{0,80}",
    r"follow our (live ?blog|coverage|channel|page).{0,80}",
    r"join our (whatsapp|telegram|facebook|discord)\b.{0,60}",
    r"share on (facebook|twitter|x|whatsapp|linkedin).*",
    r"(follow|like) us on .*",
    rf"follow .{{1,60}} on {_NETWORKS}.*",
    r"(follow|find) (him|her|them|me) (on .*|@.*)",
    rf"reach (him|her|them|me|the (reporter|author|writer)s?) (at|on|via) (.*@.*|{_NETWORKS}.*)",
    r"(e-?mail|contact|write to) .{1,60} at \S+@\S+.*",
    r"like (this|the|our) (story|article|page)\?",
    r"share (this|it)( \w+)? with .{1,40}",
    r"follow along on .*social media.*",
    r"let's connect",
    r"stay connected",
    r"connect with us.*",
    r"(subscribe|sign up) (to|for|now|here|today).{0,60}(newsletter|alert|inbox|update|channel|e-?mail|bulletin)s?.*",
    r"subscribe( now| today| here)?",
    r"sign up( now| today| here)?",
    r"(get|receive) (the|our) (latest|top|best|day's).{0,60}(inbox|feed|e-?mail|newsletter).*",
    r"(get|receive) .{1,120} (to|in|into) your (inbox|e-?mail)\b.*",
    r"newsletters?( sign-? ?up.*)?",
    r"(thanks|thank you) for (subscribing|signing up)\b.*",
    r"please verify (that )?you('re| are) not a robot.*",
    r"(invalid e-?mail address|please enter a valid e-?mail).*",
    r"(read|get) our newsletter.*",
    r"(join|follow) (us|our channel) on (whatsapp|telegram|facebook|twitter|instagram).*",
    r"(partager|partagez)( (sur|cet article|cette page)\b.*)?",
    r"(suivez|retrouvez|rejoignez)-nous sur .*",
    r"(abonnez-vous|inscrivez-vous) (a|pour) .*(newsletter|lettre|alertes|infolettre).*",
    r"((diesen )?(artikel|beitrag) )?teilen( auf .*)?",
    r"teilen sie (diesen|den) (artikel|beitrag).{0,40}",
    r"(jetzt )?(newsletter )?abonnieren",
    r"folgen sie uns (auf|bei) .*",
    r"(abonnieren sie|melden sie sich).*newsletter.*",
    r"(compartir|comparte)( en .*| (este|esta) (articulo|noticia|nota).{0,40})?",
    r"(siguenos|siganos) (en|por|a traves de) .*",
    r"sigue (todas )?nuestras noticias (en|a traves de) .*",
    r"(suscribete|suscribase) .*(boletin|newsletter).*",
    r"condividi( su .*| questo articolo)?",
    r"(seguici|seguiteci) su .*",
    r"iscriviti .*newsletter.*",
    r"(compartilhe|partilhar|compartilhar)( (no|em|este|esta)\b.*)?",
    r"siga-nos (no|na|em) .*",
    r"(assine|inscreva-se) .*newsletter.*",
    r"(поделиться|поделитесь)( (в|ссылкой|статьей|этой|новостью)\b.*)?",
    r"(подпишитесь|подписывайтесь) на (наш|канал|нас|рассылку|новости).*",
    r"(следите за нами|читайте нас) в .*",
    r"(شارك|شاركها|مشاركه) (هذا|المقال|الخبر|علي).*",
    r"(تابعنا|تابعونا) علي .*",
    r"اشترك (في|الان).{0,60}(النشره|نشرتنا|القناه|قناتنا|الاخبار).*",
    # other articles
    r"(see|read|watch) (also|more|next)( ?: ?| {2,}|$).*",
    r"see also\b.*",
    r"(also read|more on this( story| topic)?|recommended( for you)?|you (may|might) also like)( ?: ?.*| *$)",
    r"\[?related( (articles?|stor(y|ies)|posts?|news|content|coverage|reading|videos?|links?))?( ?: ?.*| *$)",
    r"(don't miss|trending( now)?|up next)( ?: ?.*| *$)",
    r"more( (stories|news|coverage)( from .{1,40})?)?",
    r"most (read|popular|viewed|shared|commented)( in .{1,40}| stories| articles)?( ?: ?.*| *$)",
    r"(les plus lus|meistgelesen|lo mas (leido|visto)|i piu letti|mais (lidas|vistas)|самое читаемое)",
    r"الاكثر (قراءه|مشاهده)",
    r"also on [\w-]+\.\w{2,3}\b.*",
    rf"(follow|visit|listen to|for more(?! than))\b.{{1,120}} {_ADDRESS}( for (more|further) .{{1,40}})?",
    rf"(more [\w ]{{1,40}}|\w{{3,12}}): {_ADDRESS}( and {_ADDRESS})?",
    rf"{_ADDRESS}|(twitter|facebook|instagram)\.com/\w+|@\w+|[\w.+-]+@[\w-]+\.[\w.-]*\w",
    r"read (the )?(full|original|whole) (story|article)( here)?.*",
    r"click here (to|for)\b.*",
    r"(advertisement )?(continue|keep) reading( (the )?main story.*| .*below.*| ?: ?.*|$)",
    r"scroll down for (the )?(videos?|audio|photos?|pictures?|more)\b.*",
    r"(story|article) continues below.*",
    r"(watch|listen)( live| now)?: .{1,120}",
    r"advertisement",
    r"sponsored( content)?",
    r"(lire|voir|a lire|lisez|a voir) (aussi|egalement|plus)\b.*",
    r"sur le meme (sujet|theme).*",
    r"(publicite|annonce)",
    r"(lesen sie|siehe|lies|mehr zum thema)( auch| dazu| mehr)?( ?: ?.*| auch.*|$)",
    r"(anzeige|werbung)",
    r"(lea|vea|ver|leer|lee|te puede interesar|tambien te puede interesar)( tambien| mas)?( ?: ?.+|$)",
    r"(lea|vea|lee|ver) tambien\b.*",
    r"publicidad",
    r"(leggi|vedi|guarda) anche\b.*",
    r"(leia|veja|confira) (tambem|mais)\b.*",
    r"publicidade",
    r"(читайте|смотрите|читать|см\.) (также|еще|далее)\b.*",
    r"(по теме|материалы по теме|реклама)( ?: ?.*|$)",
    r"(اقرا|اقرأ|شاهد|طالع) (ايضا|أيضا|المزيد)\b.*",
    r"(مواضيع|مقالات|اخبار) ذات صله\b.*",
    r"اعلان",
    # credits and rights
    r"\( ?(additional )?(reporting|writing|editing) by .*\)\.?",
    r"(additional )?(reporting|writing|editing) by [^.]*; ?(additional )?(writing|editing|reporting) by .*",
    r"(additional reporting|writing|editing) by [^.]{3,80}\.?",
    r"\(?(avec|par) (afp|reuters|ap|l'afp)( et .{1,30})?\)?",
    r"\((ap|afp|reuters|dpa|epa|efe|ansa|tass|тасс|риа новости)( photo)?(/.*)?\)",
    r"((file )?photo|image|picture|photograph|(photo |image )?credit|credit photo)( by| ?:| ?©|/).{1,120}",
    r"photos?|videos?|images?|(photo )?gallery|slideshow|(bilder)?galerie|diaporama|fotos?|bilder|galeria|galleria",
    r"фото|видео|صور|فيديو",
    r"(getty( images)?|afp|reuters|ap photo|epa(-efe)?|shutterstock|istock)( ?/ ?.{1,60})?",
    r"(foto|bild|bildquelle|imagen|immagine|imagem|фото|صوره?)( ?:| ?©|/).{1,120}",
    r"(copyright )?(©|\(c\)|copyright \d{4}) .*",
    r"this (story|article) (was|has been) (originally|first|automatically|auto-) ?(published|generated|syndicated).*",
    r"this (story|article|page|post) (was|has been) (last )?updated.{0,60}",
    r"this is a (developing|breaking)( news)? story",
    r"check back (soon |later |here )?for (more )?(updates|details|information)",
    r"more (to follow|to come|details soon|details to follow)",
    r"(mas informacion en breve|plus d'informations a (venir|suivre)|mehr in kurze|подробности позднее)",
    r"con informacion de .{1,40}|с использованием материалов .{1,40}|mit material (von|der) .{1,40}",
    r"(la |die )?(redaccion|redaction|redaktion|redazione|redacao|редакция)",
    r"our standards: .{1,80}",
    r"this material may not be published, broadcast.*",
    r"this copy is for your personal, non-?commercial use.*",
    r"(the )?views expressed (in this|are|here).*(author|opinion).*",
    # cookies, tips, advertising
    r"(we|this (site|website)) uses? cookies.*",
    r"by (continuing|clicking|using|browsing).{0,80}you (agree|consent|accept).*",
    r"(accept|reject|manage)( all)? cookies.*",
    r"nous utilisons des cookies.*",
    r"(wir verwenden|diese (web)?seite verwendet) cookies.*",
    r"(utilizamos|usamos|este sitio (web )?(usa|utiliza)|este site (usa|utiliza)) cookies.*",
    r"(utilizziamo|questo sito (usa|utilizza)) (i )?cookie.*",
    r"(мы используем|этот сайт использует|сайт использует) (файлы )?cookies?.*",
    r"(نستخدم|يستخدم هذا الموقع) ملفات تعريف الارتباط.*",
    r"(got|have) a (news )?tip( (on|about|for) .{1,40})?\?.*",
    r"submit a (tip|correction|letter)",
    r"send (it|them|your tips?|us your tips?) (directly )?to our (team|newsroom|reporters|desk).*",
    r"interested in advertising( with us| here)?\?",
    r"advertise with us.*",
    r"we'd love to have you on (the|our) team.*",
    r"drop us a (line|note|message).*",
    r"(support|donate to) (our|independent) journalism.*",
    r"(download|get) (our|the) app.*",
    r"enable javascript.*",
    # how long it takes to read
    r"(\d+|one)[ -](min|minutes?|mins) read",
    r"((estimated )?reading time|read time|temps de lecture|lesezeit|tempo di lettura)( ?:)? \D{0,15}\d{1,3}\D{0,12}",
    r"(tempo de leitura|tiempo de lectura|время чтения|(مده|وقت) القراءه)( ?:)? \D{0,15}\d{1,3}\D{0,12}",
    r"skip to (main )?content",
    r"back to top|(load|show|read) more|((view|no|\d+) )?comments?( \(\d+\))?|comments are closed",
    r"(tags|topics|filed under) ?:.*",
)
_SOURCE: Final = re.compile(
    r"(source|sources|quelle|fuente|fonte|источник|المصدر|via|about the author|uber den autor|a propos de l'auteur|"
    r"sobre el autor|об авторе|sull'autore|sobre o autor)( ?: ?.{0,80})?"
)
_PERSON: Final = re.compile(
    r"\b(author|journalist|reporter|writer|correspondent|editor|columnist|blogger|freelancer?|journaliste|redacteur|auteur|"
    r"redakteur(in)?|autor(in|a)?|journalistin?|korrespondent(in)?|periodista|redactora?|corresponsal|giornalista|autrice|"
    r"jornalista|журналист(ка)?|автор|корреспондент|обозреватель|صحفي|كاتب|مراسل)\b"
)
_CREDITS: Final = (
    r"\[(reuters|ap|afp|epa|dpa|efe|ansa|tass|xinhua|getty|getty images|file|archive|"
    r"[^\]]{1,40} (photo|images|pictures)|"
    r"[^\]]{1,40}(/| via )[^\]]{1,40})\]"
)
_TAIL: Final = r"[ .!:*→»>…]*"
_FORM: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _FORMS))
_CREDIT: Final = re.compile(_CREDITS)
_ANY: Final = re.compile(f"(?:{'|'.join((*_FORMS, *_LINES, _CREDITS))}){_TAIL}", re.DOTALL)
# These stand anywhere in a line: a search for a word before a pattern is many times faster than the pattern.
_RIGHTS: Final = (
    "all rights reserved", "tous droits reserves", "alle rechte vorbehalten", "todos los derechos reservados",
    "tutti i diritti riservati", "todos os direitos reservados", "все права защищены", "جميع الحقوق محفوظه",
)  # fmt: skip
_RIGHTS_WITHIN: Final = 80  # characters from the beginning
_INSIDE: Final = (
    ("contribut", r".{3,200}\bcontribut(ed|ing) (to this (report|story|article)|reporting)( from .{1,60})?"),
    ("reached at", r".{1,60} (can|may) be reached at .*@.*"),
)
_INSIDE_ANY: Final = tuple((word, re.compile(pattern + _TAIL)) for word, pattern in _INSIDE)
# A byline has capitals and no full stop: "By Ann Other and Some One, Example News".
_NAME: Final = r"[^\W\d_a-zа-я][\w.'’-]*"
_BYLINE: Final = re.compile(
    rf"(?:By|BY|Par|Von|Por|Di|Автор:?) {_NAME}(?: {_NAME}){{1,3}}"
    rf"(?:(?:,| and| et| und| y| e| и) {_NAME}(?: {_NAME}){{0,3}}){{0,3}}(?<!\.)"
)
# When it was put there: nothing but the words of a date, and a time of day or a word that says what happened then.
_CLOCK: Final = re.compile(r"\b\d{1,2}[:.h]\d\d\b|\b\d{1,2} ?[ap]\.?m\b")
_PUT_THERE: Final = re.compile(
    r"(last |first )?(updated?|published|posted|modified)( on| at)?|(mise? a jour|publiee?|modifiee?)( le)?|"
    r"(zuletzt )?(aktualisiert|veroffentlicht|letzte aktualisierung|stand)( am)?|"
    r"(ultima )?(actualizado|actualizacion|publicado|modificado)( el)?|"
    r"(ultimo |ultima )?(aggiornato|aggiornamento|pubblicato|modifica)( il)?|"
    r"(ultima )?(atualizado|atualizacao)( em)?|publicado em|(последнее )?(обновлено|обновление|опубликовано|изменено)|"
    r"(اخر تحديث|تم التحديث|نشر في|تاريخ النشر)"
)
_DATE_WORD: Final = re.compile(
    rf"\d+(st|nd|rd|th|er|h\d*|am|pm)?|{'|'.join(' '.join(MONTHS.values()).split())}|"
    r"(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?|"
    r"(lun|mar|mercre|jeu|vendre|same)di|dimanche|(mon|diens|donners|frei|sams|sonn)tag|mittwoch|"
    r"lunes|martes|miercoles|jueves|viernes|sabado|domingo|(segunda|terca|quarta|quinta|sexta)(-feira)?|feira|"
    r"(lune|marte|mercole|giove|vener)di|sabato|domenica|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|"
    r"الاثنين|الثلاثاء|الاربعاء|الخميس|الجمعه|السبت|الاحد|[ap]\.?m|utc|gmt|cet|cest|bst|[ecmp][sd]?t|msk|мск|"
    r"at|on|the|of|a|le|um|uhr|den|de|del|las|hs|horas|ore|alle|as|г|в|الساعه"
)
_WORDS: Final = re.compile(r"[\w']+(?:\.m\b)?")
_LONGEST_STAMP: Final = 80  # characters
_ENDS: Final = tuple(".!?…:;)»”\"'。！？؟")
_LONGEST_BIOGRAPHY: Final = 6  # sentences
_LONGEST_CAPTION: Final = 40  # words
_FEWEST_CAPTION_WORDS: Final = 4
_LONGEST_FORM_SHARE: Final = 0.5  # of all characters: a form that begins earlier is a link to it, not the form


def mask(sentences: Sequence[str], *, headline: str = "") -> tuple[bool, ...]:
    """Return for each sentence whether it is a leftover of the page around the article.

    headline: the article's title; where it stands first among the sentences it is never masked.
    From a comment form on all is masked, unless that were more than half of the text.
    """
    folded = [_fold(sentence) for sentence in sentences]
    found = list(map(_is_leftover, sentences, folded))
    for at in (*_form(folded), *_biography(folded), *_captions(folded)):
        found[at] = True
    if headline and folded and folded[0] == _fold(headline):
        found[0] = False
    return tuple(found)


def is_noise(sentence: str) -> bool:
    """Whether a sentence is a leftover of a page whatever stands around it."""
    return _is_leftover(sentence, _fold(sentence))


def leftovers(lines: Sequence[str], places: Collection[int], language: str) -> tuple[int, ...]:
    """Return the numbers of the lines that are leftovers as a whole, in order.

    places: the lines that may be, or may begin, one. A line of several sentences is one if each of them is.
    """
    folded = {at: _fold(line) if at in places else line for at, line in enumerate(lines) if line.strip()}
    found = {at for at in places if at in folded and _is_leftover(lines[at], folded[at])}
    found = {at for at in found if _is_throughout(lines[at], language)}
    numbers, told = list(folded), list(folded.values())
    found.update(numbers[at] for at in (*_form(told), *_biography(told)))
    return tuple(sorted(found))


def _is_throughout(line: str, language: str) -> bool:
    sentences = split(line, language)
    return len(sentences) == 1 or all(map(is_noise, sentences))


def _fold(sentence: str) -> str:
    return plain(sentence).replace("أ", "ا").replace("ة", "ه").strip()


def _is_leftover(sentence: str, folded: str) -> bool:
    return _is_line(folded) or _BYLINE.fullmatch(sentence.strip()) is not None


def _is_line(folded: str) -> bool:
    if _ANY.fullmatch(folded) or any(word in folded and inside.fullmatch(folded) for word, inside in _INSIDE_ANY):
        return True
    return any(0 <= folded.find(words) <= _RIGHTS_WITHIN for words in _RIGHTS) or _is_stamp(folded)


def _is_stamp(folded: str) -> bool:
    """Whether a line says nothing but when it was put there."""
    if len(folded) > _LONGEST_STAMP or not any(map(str.isdigit, folded)):
        return False
    said = _PUT_THERE.match(folded)
    words = _WORDS.findall(folded, said.end() if said else 0)
    return bool(said or _CLOCK.search(folded)) and all(map(_DATE_WORD.fullmatch, words))


def _form(folded: Sequence[str]) -> range:
    """Return the sentences from the comment form on; none where that were too much."""
    sizes = [len(sentence) for sentence in folded]
    for at, sentence in enumerate(folded):
        if _FORM.fullmatch(sentence.rstrip(" .!:*")) and sum(sizes[at:]) <= _LONGEST_FORM_SHARE * sum(sizes):
            return range(at, len(folded))
    return range(0)


def _biography(folded: Sequence[str]) -> list[int]:
    """Return the source lines, each with an author's biography that follows it to the end or the next leftover."""
    found: list[int] = []
    for at in (at for at, sentence in enumerate(folded) if _SOURCE.fullmatch(sentence)):
        end = next((n for n in range(at + 1, len(folded)) if _is_line(folded[n])), len(folded))
        is_followed = at + 1 < end <= at + 1 + _LONGEST_BIOGRAPHY and _PERSON.search(folded[at + 1])
        found.extend(range(at, end if is_followed else at + 1))
    return found


def _captions(folded: Sequence[str]) -> list[int]:
    """Return the sentences that stand under a picture.

    They are followed by a credit in square brackets, or have no full stop and are the beginning of another sentence.
    """
    found = [
        at
        for at, (sentence, after) in enumerate(pairwise(folded))
        if _CREDIT.fullmatch(after) and len(sentence.split()) <= _LONGEST_CAPTION
    ]
    for at, sentence in enumerate(folded):
        is_bare = len(sentence.split()) >= _FEWEST_CAPTION_WORDS and not sentence.endswith(_ENDS)
        if at and is_bare and any(other.startswith((sentence + ",", sentence + " ")) for other in folded):
            found.append(at)
    return found
