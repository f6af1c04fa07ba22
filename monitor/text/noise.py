"""Noise: sentences that belong to the web page around an article, not to the article.

In:  the sentences of a text, in order.
Out: for each whether it is a leftover: a comment form, a share bar, a credit, an author's biography, a caption.
Not here: removing them (they are masked, never deleted), reading pages (sources/), what is new (analysis/novelty.py).
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from monitor.text.fold import plain

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
    # share, follow, subscribe
    r"(share|tweet|print|e-?mail|pin) (this|it)( (article|story|post|page|on .*))?",
    r"share on (facebook|twitter|x|whatsapp|linkedin).*",
    r"(follow|like) us on .*",
    r"follow along on .*social media.*",
    r"let's connect",
    r"stay connected",
    r"connect with us.*",
    r"(subscribe|sign up) (to|for|now|here|today).{0,60}(newsletter|alert|inbox|update|channel|e-?mail|bulletin)s?.*",
    r"subscribe( now| today| here)?",
    r"sign up( now| today| here)?",
    r"(get|receive) (the|our) (latest|top|best|day's).{0,60}(inbox|feed|e-?mail|newsletter).*",
    r"(read|get) our newsletter.*",
    r"(join|follow) (us|our channel) on (whatsapp|telegram|facebook|twitter|instagram).*",
    r"(partager|partagez)( (sur|cet article|cette page)\b.*)?",
    r"suivez-nous sur .*",
    r"(abonnez-vous|inscrivez-vous) (a|pour) .*(newsletter|lettre|alertes|infolettre).*",
    r"(artikel )?teilen( auf .*)?",
    r"folgen sie uns (auf|bei) .*",
    r"(abonnieren sie|melden sie sich).*newsletter.*",
    r"compartir( en .*| este articulo)?",
    r"siguenos en .*",
    r"(suscribete|suscribase) .*(boletin|newsletter).*",
    r"condividi( su .*| questo articolo)?",
    r"(seguici|seguiteci) su .*",
    r"iscriviti .*newsletter.*",
    r"(compartilhe|partilhar|compartilhar)( (no|em|este|esta)\b.*)?",
    r"siga-nos (no|na|em) .*",
    r"(assine|inscreva-se) .*newsletter.*",
    r"(поделиться|поделитесь)( (в|ссылкой|статьей|этой|новостью)\b.*)?",
    r"(подпишитесь|подписывайтесь) на (наш|канал|нас|рассылку|новости).*",
    r"следите за нами в .*",
    r"(شارك|شاركها|مشاركه) (هذا|المقال|الخبر|على).*",
    r"(تابعنا|تابعونا) على .*",
    r"اشترك (في|الان).{0,60}(النشره|نشرتنا|القناه|قناتنا|الاخبار).*",
    # other articles
    r"(see|read|watch) (also|more|next)( ?: ?| {2,}|$).*",
    r"see also\b.*",
    r"(also read|more on this( story| topic)?|recommended( for you)?|you (may|might) also like)( ?: ?.*| *$)",
    r"(related( (articles?|stories|posts|news|content))?|don't miss|most read|trending( now)?|up next)( ?: ?.*| *$)",
    r"read (the )?(full|original|whole) (story|article)( here)?.*",
    r"click here (to|for)\b.*",
    r"(continue|keep) reading( .*below.*| ?: ?.*|$)",
    r"(story|article) continues below.*",
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
    r"(foto|bild|bildquelle|imagen|immagine|imagem|фото|صوره?)( ?:| ?©|/).{1,120}",
    r"(copyright )?(©|\(c\)|copyright \d{4}) .*",
    r".{0,80}(all rights reserved|tous droits reserves|alle rechte vorbehalten|todos los derechos reservados).*",
    r".{0,80}(tutti i diritti riservati|todos os direitos reservados|все права защищены|جميع الحقوق محفوظه).*",
    r"this (story|article) (was|has been) (originally|first|automatically|auto-) ?(published|generated|syndicated).*",
    r"this material may not be published, broadcast.*",
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
    r"skip to (main )?content",
    r"back to top|(load|show|read) more|((view|no|\d+) )?comments?|(tags|filed under) ?:.*",
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
_FORM: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _FORMS))
_LINE: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _LINES), re.DOTALL)
_CREDIT: Final = re.compile(
    r"\[(reuters|ap|afp|epa|dpa|efe|ansa|tass|xinhua|getty|getty images|file|archive|"
    r"[^\]]{1,40} (photo|images|pictures)|"
    r"[^\]]{1,40}(/| via )[^\]]{1,40})\]"
)
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
    found = [_is_line(sentence) for sentence in folded]
    for at in (*_form(folded), *_biography(folded), *_captions(folded)):
        found[at] = True
    if headline and folded and folded[0] == _fold(headline):
        found[0] = False
    return tuple(found)


def is_noise(sentence: str) -> bool:
    """Whether a sentence is a leftover of a page whatever stands around it."""
    return _is_line(_fold(sentence))


def _fold(sentence: str) -> str:
    return plain(sentence).replace("أ", "ا").replace("ة", "ه").strip()


def _is_line(folded: str) -> bool:
    bare = folded.rstrip(" .!:*→»>…")
    return any(pattern.fullmatch(form) for pattern in (_FORM, _LINE, _CREDIT) for form in (bare, folded))


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
