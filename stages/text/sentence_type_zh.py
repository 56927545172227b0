"""Questions and exclamations in Mandarin (simplified and traditional) without final punctuation."""

import re

QUESTION_PARTICLE = re.compile(r"[吗嗎]$|(?<![什怎多那这這要])[么麼]$")
NE = re.compile(r"呢$")
NE_STATES = re.compile(r"[还還正才]|着呢$|著呢$|可.+呢$")
"""With these, a final 呢 marks a continuing action or emphasis, not a question: "他还在睡觉呢"."""
BA = re.compile(r"吧$")
BA_GUESSES = re.compile(r"^([你您他她它这這那])们?.*(是|没|沒|不|会|會|该|該|有|[了过過])")
"""A guess, which is a question ("你是学生吧"); otherwise 吧 marks a suggestion or command ("走吧")."""
A_NOT_A = re.compile(r"(\w)[不没沒]\1|有没有|有沒有|是否|能否|可否|难道|難道|莫非")
CHOICE = re.compile(r"(\w)[^还還]{1,6}[还還]是\1")
QUESTION_WORD = re.compile(
    r"什么|什麼|啥|谁|誰|哪|怎么|怎麼|怎样|怎樣|为何|為何|为什么|為什麼|多少|几(?!乎)|幾(?!乎)"
    r"|多[久大远遠高长長重快]|何[时時处處人]|如何|干嘛|幹嘛"
)
INDEFINITE = re.compile(
    r"(什么|什麼|谁|誰|哪\w{0,3}|怎么|怎麼|多[久大远遠])\w{0,3}[都也]|[没沒]有?(什么|什麼|啥|谁|誰|几|幾|多少|怎么|怎麼)"
    r"|[好十过過这這那]几|[好十過這]幾|随便|隨便|无论|無論|不管"
)
"""Question words with the meaning "any", "none" or "several"."""
EMBEDDED = re.compile(r"[我咱]们?\w{0,3}(知道|明白|记得|記得|忘了|想起|告诉|告訴|懂|清楚|在想)|告诉我|告訴我")
"""First person and a verb of knowing, whose object is the question."""
EXCLAIMS = re.compile(
    r"太.+[了啦]$|多么|多麼|^多.+[啊呀哇]$|真.+[啊呀哇]?$|好.{1,6}[啊呀哇]$|[极極]了$|^(哇|哎呀|天[哪啊呐]|我的天|救命|小心|加油|万岁|萬歲|恭喜|糟糕|糟了|可恶|滚)"
)
REALLY = re.compile(r"真(的|正|实|實|相|理)")
"""真 as a part of a word, or before a statement: "真的是他"."""


def _plain(text: str) -> str:
    return "".join(re.findall(r"[\w，,、；;]", text))


def is_question(text: str) -> bool:
    """Return whether a sentence has a question particle, an A-not-A form, a choice or a question word."""
    plain = _plain(text)
    clause = re.split(r"[，,；;]", plain)[-1]
    if QUESTION_PARTICLE.search(clause):
        return True
    if BA.search(clause):
        return bool(BA_GUESSES.search(clause))
    if EMBEDDED.search(plain):
        return False
    if A_NOT_A.search(clause) or CHOICE.search(clause):
        return True
    if QUESTION_WORD.search(clause) and not INDEFINITE.search(clause) and not is_exclamation(text):
        return True
    return bool(NE.search(clause)) and not NE_STATES.search(clause)


def is_exclamation(text: str) -> bool:
    """Return whether a sentence has 太...了, 多么, 真...啊, 好...啊, or an interjection."""
    plain = _plain(text)
    found = EXCLAIMS.search(plain)
    return found is not None and not (found.group().startswith("真") and bool(REALLY.search(plain)))
