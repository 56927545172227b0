"""Sentence types and lengths: lists labelled by hand, and the fixed sentences of the corpora."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.core import tables
from stages.corpora import crema_d, demo, ravdess
from stages.text.sentence_type import CLOSERS, length_class, sentence_type, word_count

D, Q, X = tables.SENTENCE_TYPES
KINDS = {"declarative": D, "interrogative": Q, "exclamatory": X, "long": D}

ENGLISH: dict[str, list[str]] = {
    Q: [
        "Are you coming", "Is it raining outside", "Did Anna call yesterday", "What time is it",
        "What happened", "Who left the door open", "Why are you crying", "How are you",
        "How old is your brother", "How much does it cost", "Where did they go", "When will you be back",
        "Which one do you want", "Whose jacket is that", "Can I help you", "Could you pass the salt",
        "Would you like some tea", "Have you seen my keys", "Do the children know", "Don't you think so",
        "Isn't this lovely", "Didn't Tom leave already", "It's cold, isn't it",
        "You are not serious, are you", "So what do you want", "What's wrong with you",
        "In which city were you born", "How about tomorrow", "Shall we dance", "Really?", "You did what?!",
        "\u201cAre we there yet?\u201d", "May I come in", "Will there be music",
    ],
    X: [
        "What a day", "What an idiot", "What a wonderful surprise", "How lovely",
        "How quickly these puppies grow", "Wow that is great", "Oh my god", "Watch out", "Congratulations",
        "Happy birthday to you", "Stop!", "Not again!", "I won!", "Get out!", "Oh what a mess",
        "How dare you",
    ],
    D: [
        "Kids are talking by the door", "Dogs are sitting by the door", "I would like a new alarm clock",
        "I wonder what this is about", "Don't forget a jacket", "Do come in", "Have a seat",
        "When the storm passed we went home", "What he said is true", "Where there is smoke there is fire",
        "So am I", "Neither do I", "That's how it works", "I know who you are", "Please sit down",
        "He asked where she was", "May the force be with you", "It is what it is", "We are done here",
        "Yes I can", "Close the window.", "What you see is what you get", "Tell me why you did it",
        "I think so...", "I'm fine thanks",
    ],
}  # fmt: skip
MANDARIN: dict[str, list[str]] = {
    Q: [
        "你好吗", "你吃饭了吗？", "他是谁", "你在做什么", "这是什么", "我们去哪里", "你为什么哭", "现在几点",
        "多少钱", "你是不是累了", "你去不去", "有没有人在家", "你呢", "他怎么样", "你是学生吧", "难道你忘了",
        "你喝茶还是喝咖啡", "你嗎", "這是什麼", "能不能帮我",
    ],
    X: [
        "太好了", "真漂亮啊", "多么美丽的花", "好大的雨啊", "天哪", "快跑！", "救命", "太棒了", "哇好看",
        "气死我了！",
    ],
    D: [
        "我很好", "今天天气不错。", "他还在睡觉呢", "我们走吧", "我什么都不想吃", "我不知道他在哪里",
        "没什么", "谁都喜欢他", "过几天再说", "请坐", "好吧", "他几乎没说话", "我喜欢音乐", "这是我的书",
        "明天会下雨",
    ],
}  # fmt: skip


def labelled(lists: dict[str, list[str]], language: str) -> list[tuple[str, str, str | None]]:
    return [(text, language, kind) for kind, texts in lists.items() for text in texts]


CASES = [
    *labelled(ENGLISH, "en-US"), *labelled(MANDARIN, "zh-CN"),
    *labelled({D: [*ravdess.STATEMENTS.values(), *crema_d.SENTENCES.values()]}, "en-US"),
    # the carrier phrase of TESS
    *labelled({D: [f"Say the word {word}" for word in ("back", "back.", "what.", "why.", "who.")]}, "en-CA"),
    *((text, "en", kind) for name, kind in KINDS.items() for text in demo.SENTENCES[name]),
    # the last of several sentences counts
    ("Come here. What is that?", "en", Q), ("What is that? Come here.", "en", D),
    ("I see! where are you", "en", Q),
    ("...", "en", None), ("", "zh", None), ("Wie geht es dir?", "de", Q), ("Wie geht es dir", "de", D),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language", "kind"), CASES)
def test_sentence_types(text: str, language: str, kind: str | None) -> None:
    assert sentence_type(text, language) == kind


def test_sentences_of_the_demo_without_punctuation() -> None:
    """The words tell every question, but only some exclamations."""
    bare = {kind: [sentence_type(t.rstrip(".!?"), "en") for t in demo.SENTENCES[kind]] for kind in KINDS}
    assert bare["declarative"] == bare["long"] == [D] * 8
    assert bare["interrogative"] == [Q] * 8
    assert set(bare["exclamatory"]) == {D, X}
    assert bare["exclamatory"].count(X) == 3  # what a ..., watch out, how quickly these puppies ...


@given(st.text(max_size=40), st.sampled_from(["en", "zh-CN", "de"]))
def test_only_a_text_without_words_has_no_type(text: str, language: str) -> None:
    found = sentence_type(text, language)
    assert found in (*tables.SENTENCE_TYPES, None)
    assert (found is None) <= (not any(letter.isalnum() for letter in text.rstrip(CLOSERS)))


def test_words_are_counted() -> None:
    texts = ("It's eleven o'clock.", "Well - I see ...", "今天天气不错。", "")  # the third has six characters
    assert [word_count(text) for text in texts] == [3, 3, 4, 0]


def test_lengths_at_their_limits() -> None:
    found = [length_class(words, 5, 15) for words in (0, 4, 5, 14, 15, 99)]
    assert found == ["short", "short", "medium", "medium", "long", "long"]


def test_lengths_of_the_sentences_of_the_corpora() -> None:
    def lengths(texts: Iterable[str]) -> list[str]:
        return [length_class(word_count(text), 5, 15) for text in texts]

    assert set(lengths(demo.SENTENCES["short"])) == {"short"}
    assert set(lengths([*ravdess.STATEMENTS.values(), *demo.SENTENCES["declarative"]])) == {"medium"}
    assert set(lengths(demo.SENTENCES["long"])) == {"long"}
    classes = zip(crema_d.SENTENCES, lengths(crema_d.SENTENCES.values()), strict=True)
    assert {code for code, length in classes if length == "short"} == {"IEO", "DFA", "TSI"}  # 3 or 4 words
