"""Barrier phrases: what pay walls, consent walls and error pages say, by language.

In:  nothing.
Out: patterns.
Not here: when a phrase counts (barriers.py).

Each pattern stays linear: short bounded gaps, no nested repeats.
"""

import re
from typing import Final


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


PAY_WALL: Final = _any(
    # English
    r"subscribe (?:now )?(?:to|and) (?:continue|read|unlock|keep|get (?:full|unlimited) access)",
    r"to continue reading",
    r"to read the (?:rest|full (?:story|article))",
    r"(?:sign in|log in|register) to (?:continue|read)",
    r"you(?: ha|['’])ve (?:reached|read|used) (?:your|all|the) .{0,40}(?:limit|free (?:articles|stories))",
    r"(?:this|the) (?:article|content|story) is (?:for|reserved for|available (?:only )?to|exclusive to) "
    r"(?:our )?(?:paying |paid )?subscribers",
    # French
    r"réservé (?:aux|à nos) abonnés",
    r"abonnez-vous pour (?:lire|continuer|accéder)",
    r"la suite est réservée",
    r"il vous reste [\d.,]+ ?% de cet article",
    # German
    r"jetzt weiterlesen",
    r"nur für abonnenten",
    r"weiterlesen mit",
    r"exklusiv für abonnenten",
    r"um weiterzulesen",
    # Spanish, Portuguese, Italian, Dutch
    r"(?:solo|sólo|exclusivo) para (?:los )?suscriptores",
    r"suscríbete para (?:seguir )?le(?:er|yendo)",
    r"para seguir leyendo",
    r"exclusivo para assinantes",
    r"assine para (?:continuar|ler)",
    r"riservato agli abbonati",
    r"abbonati per (?:continuare|leggere)",
    r"alleen voor abonnees",
    # Russian
    r"только (?:для подписчиков|по подписке)",
    r"оформите подписку",
    r"чтобы (?:прочитать|читать) (?:дальше|полностью)",
    r"доступно по подписке",
    # Arabic
    r"للمشتركين فقط",
    r"اشترك (?:الآن )?(?:لقراءة|لمتابعة|لمواصلة)",
    r"(?:لمتابعة|لمواصلة) القراءة",
)

READ_ON: Final = _any(
    r"(?:continue|keep) reading",
    r"read (?:more|on|the (?:rest|full (?:story|article)))",
    r"lire (?:la suite|l['’]article)",
    r"weiterlesen|mehr lesen",
    r"seguir leyendo|leer más",
    r"continue lendo|leia mais|continua a leggere|lees verder",
    r"читать (?:далее|дальше|полностью)",
    r"اقرأ المزيد|(?:تابع|متابعة) القراءة",
)

# What a consent wall says and hardly anybody else.
CONSENT: Final = _any(
    r"before you continue",
    r"we (?:value|care about|respect) your privacy",
    r"your privacy choices",
    r"accept all (?:the )?cookies",
    r"(?:and|&) our (?:\d+ )?(?:trusted )?partners",
    r"avant de continuer",
    r"continuer sans accepter",
    r"accepter (?:tous )?les cookies",
    r"nous respectons votre vie privée",
    r"bevor sie (?:fortfahren|zu google weitergehen)",
    r"alle (?:cookies )?akzeptieren",
    r"mit werbung weiter",
    r"antes de (?:continuar|ir a google)",
    r"aceptar (?:todas )?las cookies",
    r"(?:valoramos|nos importa) (?:tu|su) privacidad",
    r"accetta tutti i cookie|alle cookies accepteren",
    r"принять (?:все )?(?:файлы )?cookie",
    r"прежде чем продолжить",
    r"قبول (?:جميع )?ملفات تعريف الارتباط",
    r"قبل المتابعة|نحن نهتم بخصوصيتك",
)

# What it says besides, of which it takes several.
CONSENT_TALK: Final = _any(
    r"store and/or access information on a device",
    r"legitimate interests?",
    r"personali[sz]ed ads",
    r"manage (?:your )?(?:cookie )?(?:preferences|choices|options|settings)",
    r"withdraw your consent|reject all|process personal data",
    r"our \d+ partners",
    r"nos (?:\d+ )?partenaires|intérêts? légitimes?|gérer mes choix|retirer votre consentement|tout refuser",
    r"unsere (?:\d+ )?partner|einwilligung|berechtigtes interesse|datenschutzeinstellungen|alle ablehnen",
    r"nuestros (?:\d+ )?socios|interés legítimo|configurar cookies|rechazar todo|retirar su consentimiento",
    r"файл(?:ы|ов) cookie|персональных данных|политик\w+ конфиденциальности",
    r"ملفات تعريف الارتباط|سياسة الخصوصية|شركائنا",
)

# Of these every one of them uses one. They are looked for first, as that takes no time.
CONSENT_WORDS: Final = (
    "cookie", "consent", "privacy", "partner", "partenaires", "einwilligung", "datenschutz", "privacidad", "socios",
    "персональн", "конфиденциальн", "تعريف الارتباط", "الخصوصية",
)  # fmt: skip

# What stands where no article is: it is gone, or the reader is taken for a machine.
_GONE: Final = (
    # English
    r"page (?:can ?not be |could not be |not |was not )found",
    r"page (?:does not|doesn['’]t|no longer) exists?",
    r"(?:that|this|the) page (?:you (?:requested|were looking for) )?c(?:an['’]t|an ?not|ould(?: not|n['’]t)) be found",
    r"access to this page has been denied|you have been blocked",
    r"are you a robot|i am not a robot|pardon our interruption",
    r"(?:verify|confirm) (?:that )?you are (?:a )?human",
    r"checking your browser(?: before accessing)?",
    r"(?:detected )?unusual (?:traffic|activity) from your",
    r"(?:please )?enable (?:js|javascript)(?: and (?:cookies|disable any ad blocker))?",
    r"javascript is (?:disabled|required|not available)|this site requires javascript",
    # French
    r"page (?:introuvable|non trouvée)|cette page n['’]existe (?:pas|plus)",
    r"(?:activer|activez) javascript|vérifiez que vous êtes humain",
    # German
    r"seite (?:wurde )?nicht gefunden|(?:diese )?seite existiert nicht(?: mehr)?",
    r"(?:bitte )?aktivieren sie javascript|javascript (?:zu )?aktivieren",
    # Spanish, Portuguese, Italian, Dutch, Polish, Turkish
    r"página no (?:encontrada|existe)|no se (?:ha )?encontr(?:ó|ado) la página|(?:active|habilite) javascript",
    r"página não encontrada|pagina non trovata|pagina niet gevonden|nie znaleziono strony|sayfa bulunamadı",
    # Russian
    r"страница не (?:найдена|существует)|включите (?:поддержку )?javascript",
    r"подтвердите,? что вы (?:не робот|человек)",
    # Arabic, Chinese, Japanese
    r"(?:الصفحة|صفحة) غير موجودة|لم يتم العثور على (?:ال)?صفحة",
    r"تفعيل (?:ال)?(?:جافا ?سكر[يب]+ت|javascript)",
    r"页面不存在|找不到页面|ページが見つかりません",
)
ERROR: Final = _any(*_GONE)

# The same, in words that an article may use, too; as a title they say it all.
_REFUSED: Final = (
    r"(?:error )?40[34](?: error)?|not found|forbidden|access denied|request (?:blocked|unsuccessful)",
    r"(?:article|story|content) (?:not found|(?:is )?no longer available|unavailable)",
    r"attention required!?|just a moment|security check|too many requests",
    r"(?:temporarily|service) unavailable|bad gateway|internal server error",
    r"erreur 40[34]|accès (?:refusé|interdit)|fehler 40[34]|zugriff verweigert",
    r"error 40[34]|acceso denegado|acesso negado|accesso negato|toegang geweigerd",
    r"ошибка 40[34]|доступ (?:запрещ[её]н|ограничен|закрыт)",
    r"تم رفض الوصول|الوصول مرفوض|خطأ 40[34]|访问被拒绝",
)
# Whole titles: such words, with an exclamation before them and the site's name, of four words at most, behind.
ERROR_TITLE: Final = re.compile(
    r"(?:oops|sorry|error|erreur|fehler|ошибка)?[\s!,.:|–—-]*(?:40[34][\s–—:|.-]*)?"
    rf"(?:{'|'.join((*_GONE, *_REFUSED))})[\s!?.…]*(?:[|–—·-]\s\S+(?:\s\S+){{0,3}})?",
    re.IGNORECASE,
)
