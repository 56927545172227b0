"""Questions and exclamations in English without final punctuation."""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# fmt: off
AUXILIARIES = _set("am is are was were do does did have has had can could will would shall should may "
                   "might must")
NEGATIVES = _set("ain't isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't "
                 "couldn't won't wouldn't shan't shouldn't mightn't mustn't needn't")
SUBJECTS = _set("i you he she it we they there")
DETERMINERS = _set("the this that these those my your his her its our their anyone anybody anything "
                   "someone somebody everyone everybody everything nobody")
IMPERATIVE_AUXILIARIES = frozenset(("do", "don't", "have"))
"""Commands also start with these: "do come in", "don't forget", "have a seat"."""
WH = _set("who whom whose which why what when where how")
CONTRACTED_WH = {f"{wh}'{end}" for wh in _set("who what when where why how") for end in _set("s re d ll ve")}
PREPOSITIONS = _set("in on at to from for with by of about under since until")
DEGREES = _set("much many long far often old big fast tall late soon deep high come about")
LEADS = _set("well so and but or oh ah hey hi hello okay ok now then please sorry excuse actually mum mom "
             "dad sir yes no uh um hmm")
ECHOES = _set("so neither nor")
"""Statements if an auxiliary and a subject follow: "so am I"."""
NO_TAG_AFTER = ECHOES | WH | SUBJECTS - {"it"} | {"as", "than"}
COPULAS = _set("all be is are was were i'm he's she's it's that's you're we're they're the turn my your")
"""Before "right" as an adjective or noun, which is not a tag."""
EXCLAIMED = _set("a an such lovely beautiful wonderful terrible nonsense")
"""After "what", as in "what a day"."""
INTERJECTIONS = _set("wow hooray hurray yay ouch yuck ugh bravo congratulations help gosh damn whoa yikes "
                     "hallelujah cheers fire")
OUTCRIES = (
    "oh my god", "oh my gosh", "oh my goodness", "my god", "oh no", "for heaven's sake", "good heavens",
    "watch out", "look out", "well done", "happy birthday", "happy new year", "thank god", "thank goodness",
    "no way", "get out", "shut up", "go away", "leave me alone", "how dare you", "long live", "come on",
)
# fmt: on


def words_of(text: str) -> list[str]:
    """Split into lower-case words with straight apostrophes, without punctuation."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def _without_leads(words: list[str]) -> list[str]:
    while len(words) > 2 and words[0] in LEADS:
        words = words[1:]
    return words


def is_question(text: str) -> bool:
    """Return whether a sentence has an inverted subject, a question word with its verb, or a tag."""
    every = words_of(text)
    if len(every) == 3 and every[0] in ECHOES and _is_auxiliary(every[1]):
        return False
    words = _without_leads(every)
    return bool(words) and (_inverted(words) or _wh_question(words) or _tag(words))


def _is_auxiliary(word: str) -> bool:
    return word in AUXILIARIES or word in NEGATIVES


def _inverted(words: list[str]) -> bool:
    """Accept "are you", "did Anna", "don't they"; not "do come in", "don't forget", "may the force"."""
    if len(words) < 2 or not _is_auxiliary(words[0]):
        return False
    first, second = words[:2]
    if first in IMPERATIVE_AUXILIARIES:
        return second in SUBJECTS | DETERMINERS - {"anything", "everything", "his", "her", "it"}
    return not (first in ("may", "must") and second not in SUBJECTS)


def _wh_question(words: list[str]) -> bool:
    if words[0] in PREPOSITIONS and len(words) > 2 and words[1] in ("what", "which", "whom", "whose", "when"):
        return any(map(_is_auxiliary, words[2:]))
    if words[0] not in WH:
        return words[0] in CONTRACTED_WH
    rule = _WH_RULES.get(words[0])
    return rule is None or len(words) == 1 or rule(words[1:])


def _what(rest: list[str]) -> bool:
    """Accept "what happened", "what time is it"; not "what a day", "what he said is true"."""
    return rest[0] not in EXCLAIMED | SUBJECTS | {"my", "your", "his", "their", "our", "the"}


def _when(rest: list[str]) -> bool:
    """Accept "when did it", "where is"; not "when the storm passed, we left"."""
    return _is_auxiliary(rest[0]) or rest[0] in ("to", "else", "exactly", "on")


def _how(rest: list[str]) -> bool:
    """Accept "how are you", "how much is", "how old is he"; not "how lovely", "how quickly they grow"."""
    return _is_auxiliary(rest[0]) or rest[0] in DEGREES | {"to"} or (len(rest) > 2 and _is_auxiliary(rest[1]))


_WH_RULES = {"what": _what, "when": _when, "where": _when, "how": _how}


def _tag(words: list[str]) -> bool:
    """Accept "..., isn't it", "you aren't sure, are you", "... right"; not "so am I", "why you did it"."""
    if len(words) < 4:
        return False
    before, verb, subject = words[-3:]
    if subject in ("huh", "eh"):
        return True
    if subject == "right":
        return verb not in COPULAS
    if subject not in SUBJECTS:
        return False
    return verb in NEGATIVES or (verb in AUXILIARIES and before not in NO_TAG_AFTER)


def is_exclamation(text: str) -> bool:
    """Return whether a sentence is like "what a day" or "how lovely", or starts with an interjection."""
    every = words_of(text)
    plain = " ".join(every)
    if any(plain == cry or plain.startswith(f"{cry} ") for cry in OUTCRIES) or set(every[:2]) & INTERJECTIONS:
        return True
    words = _without_leads(every)
    if len(words) < 2:
        return False
    if words[0] == "what":
        return words[1] in EXCLAIMED
    return words[0] == "how" and not _how(words[1:]) and words[1] not in SUBJECTS | DETERMINERS
