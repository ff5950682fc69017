"""How well a labelled meeting was measured: what was found, what was missed, what was made up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from peak_app.domain.insights.delivery import Delivery, FillerMoment
from peak_app.domain.insights.fillers import HESITATION_KINDS, hesitation_kind
from peak_app.domain.insights.speech import PAUSE_MIN_MS
from tests.labelled_speech.script import LabelledMeeting, Said

Span = tuple[int, int]

_NEAR_MS = 500
"""A filler counts as found when it is said to be in its fragment, or so close to it."""


@dataclass(slots=True)
class Verdict:
    """By labelled kind: how many there are and were found. Hesitations are one group: an um may be taken for an uh."""

    labelled: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    made_up: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        return self.found.total() / max(1, self.labelled.total())

    @property
    def precision(self) -> float:
        return self.found.total() / max(1, self.found.total() + self.made_up.total())

    def add(self, meeting: LabelledMeeting, delivery: Delivery) -> None:
        left = list(delivery.filler_moments)
        for said in meeting.said:
            for kind in said.fillers:
                self.labelled[kind] += 1
                hit = next((moment for moment in left if _is_hit(moment, said, kind)), None)
                if hit:
                    self.found[kind] += 1
                    left.remove(hit)
        self.made_up.update(moment.kind for moment in left)


def _is_hit(moment: FillerMoment, said: Said, kind: str) -> bool:
    is_near = said.start_ms - _NEAR_MS <= moment.start_ms and moment.end_ms <= said.end_ms + _NEAR_MS
    return is_near and _group(moment.kind) == _group(kind)


def _group(kind: str) -> str:
    return "hesitation" if kind in HESITATION_KINDS else kind


def talk_spans(meeting: LabelledMeeting, speaker: str) -> list[Span]:
    """As the labels have it: fragments of one speaker with less than a pause between them."""
    spans: list[Span] = []
    for said in meeting.said:
        if said.speaker != speaker:
            continue
        if spans and said.start_ms - spans[-1][1] < PAUSE_MIN_MS:
            spans[-1] = (spans[-1][0], said.end_ms)
        else:
            spans.append((said.start_ms, said.end_ms))
    return spans


def true_pace(meeting: LabelledMeeting) -> float:
    """Words a minute, hesitations left out."""
    words = sum(
        hesitation_kind(word) is None
        for said in meeting.said
        if said.speaker == "candidate"
        for word in said.text.split()
    )
    return words * 60_000 / sum(end - start for start, end in talk_spans(meeting, "candidate"))


def true_pauses(meeting: LabelledMeeting) -> list[Span]:
    return [
        (before.end_ms, after.start_ms)
        for before, after in pairwise(meeting.said)
        if before.speaker == after.speaker == "candidate" and after.start_ms - before.end_ms >= PAUSE_MIN_MS
    ]


def true_delays(meeting: LabelledMeeting) -> list[int]:
    return [
        max(0, after.start_ms - before.end_ms)
        for before, after in pairwise(meeting.said)
        if before.speaker == "agent" and after.speaker == "candidate"
    ]


def true_overlaps(meeting: LabelledMeeting) -> list[Span]:
    return [
        (after.start_ms, min(before.end_ms, after.end_ms))
        for before, after in pairwise(meeting.said)
        if before.speaker != after.speaker and after.start_ms < before.end_ms
    ]


def table(verdict: Verdict) -> Sequence[str]:
    """One line for each kind, for people."""
    kinds = sorted({*verdict.labelled, *verdict.made_up})
    return [
        f"{kind:<10} labelled {verdict.labelled[kind]:>2}  found {verdict.found[kind]:>2}"
        f"  made up {verdict.made_up[kind]:>2}"
        for kind in kinds
    ]
