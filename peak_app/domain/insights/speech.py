"""How someone spoke, measured from the sound of both tracks. No judgement, no model: formulas only.

voice             what `ports.ears` heard: stretches of each speaker, to about 10 ms
talk span         voice of one speaker with less than `PAUSE_MIN_MS` of quiet within it
talk time         length of a speaker's talk spans
talk ratio        candidate's talk time / (candidate's + agent's talk time)
word              what was recognised in the candidate's track, hesitations left out; its time is spread over the voice
words per minute  words / minutes of the candidate's talk time; not given below `PACE_MIN_MS`
pace over time    the same for each `WINDOW_MS` of the meeting
pause             quiet of at least `PAUSE_MIN_MS` between two stretches of the candidate's voice, without the agent's
answer delay      end of the agent's talk span → start of the candidate's first voice after it; 0 when they came in
                  before its end. A sound of the candidate that ends before the agent does is no answer
overlap           both voices at once, for at least `OVERLAP_MIN_MS`; `by` is who began later
filler            a filler among the recognised words (`fillers.py`), or a hum that was heard and not written down. A
                  hesitation that was recognised all by itself counts only if it hummed

Numbers that do not come from sound (questions, reply delays, cut-offs, typed answers) are those of `delivery.py`. Typed
answers have no sound, so they are in nothing here.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from peak_app.domain.insights.delivery import (
    PACE_MIN_MS,
    AnswerDelay,
    Delivery,
    FillerMoment,
    LongestAnswer,
    Overlap,
    PacePoint,
    Pause,
    filler_counts,
    measure,
    percentile,
)
from peak_app.domain.insights.fillers import HESITATION_KINDS, find_fillers, hesitation_kind
from peak_app.domain.insights.lines import Line
from peak_app.ports.ears import Heard, HeardWord, Hum, Stretch

PAUSE_MIN_MS = 1_000
OVERLAP_MIN_MS = 200
"""Less is a breath, or the way of the sound through the net."""
WINDOW_MS = 30_000
_OVERLAP_JOIN_MS = 300
_ALIKE_MS = 2_000
"""A hum and a written hesitation that close to each other are the same one: words have no exact times."""
_OPEN_MOUTH = ("ah", "aah", "eh")
"""What a recogniser writes for a hum now and then."""
_MARKS = " .,?!\"'"
_AROUND_WORDS = 3
_LINE_SLACK_MS = 1_500

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with its place among all."""

    index: int
    heard: HeardWord

    @property
    def middle_ms(self) -> int:
        return (self.heard.start_ms + self.heard.end_ms) // 2


def measure_sound(lines: Sequence[Line], reply_delays_ms: Sequence[int], heard: Heard) -> Delivery:
    """The numbers of a meeting by the formulas above. `lines` in order; times of both are the meeting's."""
    read = measure(lines, reply_delays_ms)
    own, others = joined(heard.candidate, PAUSE_MIN_MS), joined(heard.agent, PAUSE_MIN_MS)
    talk_ms, agent_ms = _length_ms(own), _length_ms(others)
    places = _Places(lines)
    moments = _filler_moments(heard, places)
    delays = _answer_delays(own, others, places)
    words = [word for word in heard.words if hesitation_kind(word.text) is None and not _is_open_mouth(word)]
    overlaps = _overlaps(heard)
    return read.model_copy(
        update={
            "basis": "sound",
            "has_speech": bool(lines) or bool(own) or bool(others),
            "candidate_talk_ms": talk_ms,
            "agent_talk_ms": agent_ms,
            "talk_ratio": round(talk_ms / (talk_ms + agent_ms), 3) if talk_ms + agent_ms else None,
            "overlap_ms": sum(overlap.end_ms - overlap.start_ms for overlap in overlaps),
            "words_per_minute": _pace(len(words), talk_ms),
            "longest_answer": _longest_answer(own, others, places),
            "answer_delays": delays,
            "answer_delay_p50_ms": percentile([delay.delay_ms for delay in delays], 50),
            "fillers": filler_counts((moment.kind, moment.line_id) for moment in moments),
            "filler_count": len(moments),
            "fillers_per_minute": round(len(moments) * 60_000 / talk_ms, 2) if talk_ms >= PACE_MIN_MS else None,
            "filler_moments": moments,
            "pauses": _pauses(heard, places),
            "overlaps": overlaps,
            "pace": _pace_points(heard.length_ms, words, own),
        }
    )


def joined(stretches: Sequence[Stretch], gap_ms: int) -> list[Span]:
    """Stretches in order, those with less than the gap between them made one span."""
    spans: list[Span] = []
    for stretch in stretches:
        if spans and stretch.start_ms - spans[-1][1] < gap_ms:
            spans[-1] = (spans[-1][0], max(spans[-1][1], stretch.end_ms))
        else:
            spans.append((stretch.start_ms, stretch.end_ms))
    return spans


class _Places:
    """Finds the spoken line of the candidate at a moment."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = [line for line in lines if line.speaker == "candidate" and not line.is_typed]
        self._starts = [line.start_ms - _LINE_SLACK_MS for line in self._lines]

    def line_at(self, at_ms: int) -> str | None:
        """The line that is nearest to the moment, if one is near."""
        near = [
            line
            for line in self._lines[max(0, bisect_right(self._starts, at_ms) - 2) : bisect_right(self._starts, at_ms)]
            if line.start_ms - _LINE_SLACK_MS <= at_ms <= line.end_ms + _LINE_SLACK_MS
        ]
        return min(near, key=lambda line: max(line.start_ms - at_ms, at_ms - line.end_ms, 0)).id if near else None


def _length_ms(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def _pace(words: int, talk_ms: int) -> float | None:
    return round(words * 60_000 / talk_ms, 1) if talk_ms >= PACE_MIN_MS else None


def _pace_points(length_ms: int, words: Sequence[HeardWord], own: Sequence[Span]) -> list[PacePoint]:
    starts = range(0, length_ms, WINDOW_MS)
    counts, talk = [0] * len(starts), [0] * len(starts)
    for word in words:
        counts[min((word.start_ms + word.end_ms) // 2 // WINDOW_MS, len(counts) - 1)] += 1
    for start_ms, end_ms in own:
        for number in range(start_ms // WINDOW_MS, min(end_ms // WINDOW_MS + 1, len(talk))):
            talk[number] += max(0, min(end_ms, (number + 1) * WINDOW_MS) - max(start_ms, number * WINDOW_MS))
    return [
        PacePoint(
            start_ms=start_ms,
            end_ms=min(start_ms + WINDOW_MS, length_ms),
            words=count,
            talk_ms=talk_ms,
            words_per_minute=_pace(count, talk_ms),
        )
        for start_ms, count, talk_ms in zip(starts, counts, talk, strict=True)
    ]


def _pauses(heard: Heard, places: _Places) -> list[Pause]:
    spans = joined(heard.candidate, PAUSE_MIN_MS)
    agent = joined(heard.agent, 1)
    pauses: list[Pause] = []
    at = 0
    for (_, start_ms), (end_ms, _) in pairwise(spans):
        while at < len(agent) and agent[at][1] <= start_ms:
            at += 1
        if at == len(agent) or agent[at][0] >= end_ms:
            pauses.append(Pause(start_ms=start_ms, end_ms=end_ms, line_id=places.line_at(start_ms)))
    return pauses


def _turns(own: Sequence[Span], others: Sequence[Span]) -> list[tuple[str, Span]]:
    """Talk spans of both in the order in which they began; short sounds under the agent's speech are no turns."""
    ends = [end for _, end in others]
    turns = [("agent", span) for span in others]
    for span in own:
        at = bisect_right([start for start, _ in others], span[0]) - 1
        if at < 0 or ends[at] <= span[1]:
            turns.append(("candidate", span))
    return sorted(turns, key=lambda turn: turn[1])


def _answer_delays(own: Sequence[Span], others: Sequence[Span], places: _Places) -> list[AnswerDelay]:
    delays: list[AnswerDelay] = []
    asked_until: int | None = None
    for speaker, (start_ms, end_ms) in _turns(own, others):
        if speaker == "agent":
            asked_until = end_ms
        elif asked_until is not None:
            delays.append(
                AnswerDelay(
                    line_id=places.line_at(start_ms), delay_ms=max(0, start_ms - asked_until), start_ms=asked_until
                )
            )
            asked_until = None
    return delays


def _longest_answer(own: Sequence[Span], others: Sequence[Span], places: _Places) -> LongestAnswer | None:
    answers: list[list[Span]] = []
    is_open = False
    for speaker, span in _turns(own, others):
        if speaker == "agent":
            is_open = False
        elif is_open:
            answers[-1].append(span)
        else:
            answers.append([span])
            is_open = True
    longest = max(answers, key=_length_ms, default=None)
    if not longest:
        return None
    found = [line_id for start_ms, end_ms in longest if (line_id := places.line_at((start_ms + end_ms) // 2))]
    return LongestAnswer(line_ids=list(dict.fromkeys(found)), duration_ms=_length_ms(longest))


def _overlaps(heard: Heard) -> list[Overlap]:
    own, others = joined(heard.candidate, _OVERLAP_JOIN_MS), joined(heard.agent, _OVERLAP_JOIN_MS)
    overlaps: list[Overlap] = []
    at = 0
    for start_ms, end_ms in own:
        while at < len(others) and others[at][1] <= start_ms:
            at += 1
        for other_start, other_end in others[at:]:
            if other_start >= end_ms:
                break
            first, last = max(start_ms, other_start), min(end_ms, other_end)
            if last - first >= OVERLAP_MIN_MS:
                by = "candidate" if start_ms > other_start else "agent"
                overlaps.append(Overlap(start_ms=first, end_ms=last, by=by))
    return overlaps


def _filler_moments(heard: Heard, places: _Places) -> list[FillerMoment]:
    words = [_Word(index, word) for index, word in enumerate(heard.words)]
    written: list[tuple[_Word, str | None]] = []
    found: list[tuple[str, Span, int]] = []
    for piece in _pieces(words):
        written += _open_mouths(piece)
        for place in find_fillers([word.heard.text for word in piece]):
            first, last = piece[place.index], piece[place.index + place.length - 1]
            if place.kind in HESITATION_KINDS:
                # All by itself it may be what a recogniser makes of a breath: then it takes a hum too.
                written.append((first, place.kind if len(piece) > 1 else None))
            else:
                found.append((place.kind, (first.heard.start_ms, last.heard.end_ms), first.index))
    starts = [word.start_ms for word in heard.words]
    for kind, span, index in _hesitations(written, heard.hums):
        found.append((kind, span, max(0, bisect_right(starts, span[0]) - 1) if index is None else index))
    return [
        FillerMoment(
            kind=kind,
            start_ms=start_ms,
            end_ms=end_ms,
            around=_around(heard.words, index),
            line_id=places.line_at((start_ms + end_ms) // 2),
        )
        for kind, (start_ms, end_ms), index in sorted(found, key=lambda moment: moment[1])
    ]


def _is_open_mouth(word: HeardWord) -> bool:
    return word.text.strip(_MARKS).lower() in _OPEN_MOUTH


def _open_mouths(piece: Sequence[_Word]) -> list[tuple[_Word, str | None]]:
    """What may be a hesitation written as an exclamation; with a kind where it is one also without a hum.

    Exclamations begin what somebody says ("Ah, I see"); between commas, in the middle of it, they are hesitations.
    """
    found: list[tuple[_Word, str | None]] = []
    for number, word in enumerate(piece):
        if _is_open_mouth(word.heard):
            is_set_off = number > 0 and piece[number - 1].heard.text[-1] in _MARKS and word.heard.text[-1] in _MARKS
            found.append((word, "uh" if is_set_off else None))
    return found


def _pieces(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Words that were recognised together."""
    piece: list[_Word] = []
    for word in words:
        piece.append(word)
        if word.heard.ends_piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _around(words: Sequence[HeardWord], index: int) -> str:
    return " ".join(word.text for word in words[max(0, index - _AROUND_WORDS) : index + _AROUND_WORDS + 2])


def _hesitations(
    written: Sequence[tuple[_Word, str | None]], hums: Sequence[Hum]
) -> list[tuple[str, Span, int | None]]:
    """Each hesitation once: kind, time, and its place among the words when it is there."""
    left = sorted(written, key=lambda found: found[0].index)
    found: list[tuple[str, Span, int | None]] = []
    for hum in hums:
        middle_ms = (hum.start_ms + hum.end_ms) // 2
        same = min(left, key=lambda one: abs(one[0].middle_ms - middle_ms), default=None)
        if same and abs(same[0].middle_ms - middle_ms) <= _ALIKE_MS:
            left.remove(same)
            found.append((same[1] or hum.kind, (hum.start_ms, hum.end_ms), same[0].index))
        else:
            found.append((hum.kind, (hum.start_ms, hum.end_ms), None))
    found += [(kind, (word.heard.start_ms, word.heard.end_ms), word.index) for word, kind in left if kind]
    return found
