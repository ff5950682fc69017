"""Which words of an answer were heard when it was cut. Pure."""

from dataclasses import dataclass

SLOWEST_SPEECH_MS_PER_CHAR = 62
"""About 160 words a minute. While an answer is being made its words run ahead of its sound; this guesses the rest."""


@dataclass(frozen=True, slots=True)
class Split:
    heard: str
    unheard: str


def split_heard(text: str, *, heard_ms: int, sound_ms: float, is_sound_complete: bool) -> Split:
    """Divide the words in proportion to the sound, between words. Both parts joined give the text again.

    Args:
        heard_ms: sound that was sent to the person.
        sound_ms: sound that exists of the answer.
        is_sound_complete: whether that is all of it.
    """
    total_ms = sound_ms if is_sound_complete else max(sound_ms, len(text) * SLOWEST_SPEECH_MS_PER_CHAR)
    if total_ms <= 0 or heard_ms <= 0:
        return Split("", text)
    if heard_ms >= total_ms:
        return Split(text, "")
    at = int(len(text) * heard_ms / total_ms)
    # A word that was half spoken counts as heard only when most of it was.
    start, end = text.rfind(" ", 0, at) + 1, text.find(" ", at)
    end = len(text) if end < 0 else end
    cut = end if at - start > (end - start) / 2 else start
    return Split(text[:cut], text[cut:])
