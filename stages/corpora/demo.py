"""Demo: synthetic speech of espeak-ng, made by `fetch`, so that the pipeline runs without any download.

    demo/labels.csv             file, speaker, voice, gender, emotion, style, kind, transcript
    demo/words.csv              clip, word, start, end: exact, in samples of the file, half-open
    demo/wav/<speaker>_<emotion>_<kind>.wav

Eight speakers, eight emotions and five kinds of sentences give 320 clips, one per combination. Each speaker
says each of the 40 sentences once, and each emotion has each sentence once. One clip in five is whispered.
Emotions are settings of rate, pitch, range and volume: they can be distinguished, but do not model
human expression.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from stages.core.params import Section
from stages.corpora.base import Clip, Correction, Generated, decode, read_csv
from stages.text import synthesis
from stages.text.espeak import Prosody
from stages.text.synthesis import Speaker, Utterance

LICENSE = "CC0-1.0"  # the GPL of espeak-ng does not cover its output
CITATION = "Synthetic demo speech, made with espeak-ng 1.52 (https://github.com/espeak-ng/espeak-ng)"
LANGUAGE = "en"
SAMPLE_RATE = 22050
N_CLIPS = 320
CORRECTIONS: dict[str, Correction] = {}

SPEAKERS = {
    "ada": Speaker("female", "en-us+f1", "en-us+whisperf"),
    "bea": Speaker("female", "en+f2", "en+whisperf"),
    "cleo": Speaker("female", "en-us+f3", "en-us+whisperf"),
    "dora": Speaker("female", "en+f4", "en+whisperf"),
    "abel": Speaker("male", "en-us+m1", "en-us+whisper"),
    "ben": Speaker("male", "en+m2", "en+whisper"),
    "carl": Speaker("male", "en-us+m3", "en-us+whisper"),
    "dean": Speaker("male", "en+m6", "en+whisper"),
}
EMOTIONS = {
    "neutral": Prosody(rate=165, pitch=50, pitch_range=45, volume=58),
    "calm": Prosody(rate=145, pitch=45, pitch_range=30, volume=48),
    "happy": Prosody(rate=185, pitch=65, pitch_range=80, volume=66),
    "sad": Prosody(rate=130, pitch=36, pitch_range=20, volume=42),
    "angry": Prosody(rate=195, pitch=60, pitch_range=85, volume=85),
    "fearful": Prosody(rate=205, pitch=75, pitch_range=50, volume=52),
    "disgust": Prosody(rate=145, pitch=38, pitch_range=65, volume=60),
    "surprised": Prosody(rate=180, pitch=78, pitch_range=99, volume=74),
}
SENTENCES = {
    "short": (
        "Really?", "Stop!", "Come here.", "I'm ready.", "Not again!", "Why me?", "Good morning, Zelda.",
        "Thank you, Ingrid.",
    ),
    "declarative": (
        "The blue boat drifted slowly past the harbour.",
        "My sister bought eleven green apples yesterday.",
        "We've never seen Professor Okonkwo without a hat.",
        "Fresh bread always smells better early on Sunday.",
        "The old clock stopped around quarter past nine.",
        "They painted every door on our street yellow.",
        "Jerzy's brother plays the cello rather badly.",
        "She doesn't like the noise of large machines.",
    ),
    "interrogative": (
        "Have you ever walked across that narrow bridge?",
        "Who left these muddy shoes beside the piano?",
        "Didn't Siobhan call before the train arrived?",
        "Where could I find a cheap hotel near Wroclaw?",
        "Would you rather have soup or salad?",
        "Why does this machine make such a strange noise?",
        "Are those children waiting for their father?",
        "How much did the yellow umbrella cost?",
    ),
    "exclamatory": (
        "What a wonderful surprise!",
        "You've broken my favourite cup!",
        "Watch out, the ladder is falling!",
        "Our team just won the whole tournament!",
        "Don't ever touch that switch again!",
        "How quickly these puppies grow!",
        "Somebody stole Xiomara's new bicycle!",
        "Look, there's smoke above the kitchen!",
    ),
    "long": (
        "When the storm finally passed, the fishermen mended their nets, drank hot coffee together, "
        "and talked about all the boats they'd lost before.",
        "Anyone who wants to join us on Thursday should bring warm clothes, a good torch, "
        "enough water, and something sweet for their children.",
        "The museum closes early this week because workers must repair three broken windows, "
        "clean every ceiling, and move a very heavy statue downstairs.",
        "I told Doctor Vasquez that my left knee hurts whenever I climb stairs, "
        "but she only smiled, wrote two short notes, and left quickly.",
        "If you follow this path through the valley, you'll reach a small village "
        "where an old woman named Agnieszka sells honey, cheese, and smoked fish.",
        "Our neighbours grow tomatoes, peppers, and beans behind their garage, "
        "and each August they share the whole harvest with everybody who lives nearby.",
        "Nobody knew why the lights went out, so we sat quietly around the table, "
        "listened to rain, and waited until morning came.",
        "Before the concert begins, please switch off your phones, find your proper seats, "
        "and remember that nobody may leave during the first movement.",
    ),
}  # fmt: skip


class Demo(Section):
    """`fetch.demo` in params.yaml. The seed sets the noise floor and the jitter of the voices."""

    seed: int = Field(ge=0, lt=2**31)


def plan() -> Iterator[Utterance]:
    """List all clips. A Latin square gives each speaker, and each emotion, each sentence once."""
    for s, (name, speaker) in enumerate(SPEAKERS.items()):
        for e, (emotion, prosody) in enumerate(EMOTIONS.items()):
            for k, (kind, sentences) in enumerate(SENTENCES.items()):
                whispered = k == (s + 3 * e) % len(SENTENCES)
                sentence = sentences[(s + e) % len(sentences)]
                yield Utterance(name, speaker, emotion, prosody, kind, whispered, sentence)


NAMES = {utterance.name: utterance.speaker_name for utterance in plan()}


def make(folder: Path, settings: Demo) -> None:
    """Synthesise the corpus into an empty folder."""
    synthesis.write(list(plan()), folder, settings.seed)


SOURCE = Generated(make, Demo)


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`; one clip per line of `labels.csv`."""
    table = root / "labels.csv"
    for row in read_csv(table, synthesis.LABELS):
        decode(EMOTIONS, row["emotion"], "emotion", table)
        yield Clip(
            path=root / row["file"],
            name=Path(row["file"]).stem,
            speaker=row["speaker"],
            gender=decode(SPEAKERS, row["speaker"], "speaker", table).gender,
            transcript=row["transcript"],
            corpus_label=row["emotion"],
            emotion_intended=row["emotion"],
            intensity="unspecified",
            # in labels.csv "normal" means not whispered; the stage `style` finds the style
            style=row["style"] if row["style"] == "whispering" else None,
            label_source="synthetic",
        )
