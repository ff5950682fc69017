"""How someone spoke as a meeting's page shows it: each number with its formula and everything it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from peak_app.domain.insights.delivery import Delivery
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import length_text, offset_text
from peak_app.state.insight_rows import LineRow

LEAD_MS = 500
"""So long before a moment playing begins: a sound is easier to place with what led to it."""


@dataclass
class MomentRow:
    """One of what a number counts. `line_id` is empty where no line is near, `width` where nothing is compared."""

    text: str
    detail: str
    at: str
    play_ms: int
    play_label: str
    line_id: str = ""
    width: str = ""


@dataclass
class KindRow:
    """Moments of one kind; the kind is empty where a number has one kind only."""

    kind: str
    count: str
    width: str
    moments: list[MomentRow] = field(default_factory=list)


@dataclass
class MeasureRow:
    """A number, what it says, how it comes about, and what is behind it."""

    name: str
    label: str
    value: str
    hint: str
    formula: str
    kinds: list[KindRow] = field(default_factory=list)


@dataclass
class PaceBar:
    """A stretch of the meeting; `value` is 0 where too little was said for a pace."""

    start_ms: int
    end_ms: int
    value: float
    text: str


@dataclass
class MarkRow:
    """Something on the time line below the bars."""

    kind: str
    start_ms: int
    end_ms: int


def measure_rows(delivery: Delivery, places: Mapping[str, LineRow]) -> list[MeasureRow]:
    """The numbers there are, in the order of the page; those that only sound can tell are left out without it."""
    rows = [_pace(delivery), _fillers(delivery, places)]
    if delivery.basis == "sound":
        rows.append(_pauses(delivery))
    rows += [_delays(delivery, places), _talk(delivery)]
    if delivery.basis == "sound":
        rows.append(_overlaps(delivery))
    return rows


def pace_bars(delivery: Delivery) -> list[PaceBar]:
    bars: list[PaceBar] = []
    for point in delivery.pace:
        pace = point.words_per_minute
        span = f"{offset_text(point.start_ms)}\u2013{offset_text(point.end_ms)}"
        text = t("delivery.window", span=span, pace=f"{pace:.0f}") if pace else t("delivery.window_quiet", span=span)
        bars.append(PaceBar(point.start_ms, point.end_ms, pace or 0, text))
    return bars


def mark_rows(delivery: Delivery) -> list[MarkRow]:
    """Fillers, pauses and overlaps where they were."""
    return [
        *(MarkRow("fillers", moment.start_ms, moment.end_ms) for moment in delivery.filler_moments),
        *(MarkRow("pauses", pause.start_ms, pause.end_ms) for pause in delivery.pauses),
        *(MarkRow("overlaps", overlap.start_ms, overlap.end_ms) for overlap in delivery.overlaps),
    ]


def _measure(name: str, value: str, hint: str, kinds: list[KindRow], *, basis: str = "sound") -> MeasureRow:
    formula = t(f"delivery.{name}_formula" if basis == "sound" else f"delivery.{name}_formula_words")
    return MeasureRow(name, t(f"delivery.{name}"), value, hint, formula, kinds)


def _pace(delivery: Delivery) -> MeasureRow:
    pace = delivery.words_per_minute
    heard = [point for point in delivery.pace if point.words_per_minute is not None]
    fastest = max((point.words_per_minute or 0 for point in heard), default=0)
    moments = [
        _moment(
            t("delivery.words_a_minute", pace=f"{point.words_per_minute:.0f}"),
            point.start_ms,
            lead_ms=0,
            width=_share(point.words_per_minute or 0, fastest),
        )
        for point in heard
    ]
    value = t("numbers.none") if pace is None else f"{pace:.0f}"
    hint = t("delivery.pace_none") if pace is None else t("delivery.pace_hint")
    return _measure("pace", value, hint, _one_kind(moments), basis=delivery.basis)


def _fillers(delivery: Delivery, places: Mapping[str, LineRow]) -> MeasureRow:
    most = max((filler.count for filler in delivery.fillers), default=0)
    kinds: list[KindRow] = []
    for filler in delivery.fillers:
        if delivery.basis == "sound":
            moments = [
                _moment(found.around or found.kind, found.start_ms, line_id=found.line_id or "")
                for found in delivery.filler_moments
                if found.kind == filler.word
            ]
        else:
            moments = [
                _moment(places[line_id].text, places[line_id].at_ms, lead_ms=0, line_id=line_id)
                for line_id in dict.fromkeys(filler.line_ids)
                if line_id in places
            ]
        kinds.append(KindRow(filler.word, str(filler.count), _share(filler.count, most), moments))
    rate = delivery.fillers_per_minute
    hint = "" if rate is None else t("delivery.fillers_hint", rate=f"{rate:.1f}")
    return _measure("fillers", str(delivery.filler_count), hint, kinds, basis=delivery.basis)


def _pauses(delivery: Delivery) -> MeasureRow:
    lengths = [pause.end_ms - pause.start_ms for pause in delivery.pauses]
    longest = max(lengths, default=0)
    moments = [
        _moment(_seconds(length), pause.start_ms, line_id=pause.line_id or "", width=_share(length, longest))
        for pause, length in zip(delivery.pauses, lengths, strict=True)
    ]
    hint = t("delivery.pauses_hint", seconds=f"{longest / 1000:.1f}") if longest else ""
    return _measure("pauses", str(len(moments)), hint, _one_kind(moments))


def _delays(delivery: Delivery, places: Mapping[str, LineRow]) -> MeasureRow:
    longest = max((delay.delay_ms for delay in delivery.answer_delays), default=0)
    moments: list[MomentRow] = []
    for delay in delivery.answer_delays:
        line_id = delay.line_id if delay.line_id in places else ""
        start_ms = delay.start_ms
        if start_ms is None:
            start_ms = max(0, places[line_id].at_ms - delay.delay_ms) if line_id else 0
        moments.append(
            _moment(
                _seconds(delay.delay_ms),
                start_ms,
                detail=places[line_id].text if line_id else "",
                line_id=line_id or "",
                width=_share(delay.delay_ms, longest),
            )
        )
    half = delivery.answer_delay_p50_ms
    value = t("numbers.none") if half is None else _seconds(half)
    hint = t("delivery.delay_none") if half is None else t("delivery.delay_hint", count=len(moments))
    return _measure("delay", value, hint, _one_kind(moments), basis=delivery.basis)


def _talk(delivery: Delivery) -> MeasureRow:
    value = t("numbers.none") if delivery.talk_ratio is None else f"{delivery.talk_ratio:.0%}"
    lengths = {"you": delivery.candidate_talk_ms, "agent": delivery.agent_talk_ms}
    whole = sum(lengths.values())
    kinds = [
        KindRow(t(f"delivery.talk_{who}"), length_text(length), _share(length, whole))
        for who, length in lengths.items()
        if whole
    ]
    return _measure("talk", value, t("delivery.talk_hint"), kinds, basis=delivery.basis)


def _overlaps(delivery: Delivery) -> MeasureRow:
    moments = [
        _moment(_seconds(overlap.end_ms - overlap.start_ms), overlap.start_ms, detail=t(f"delivery.by_{overlap.by}"))
        for overlap in delivery.overlaps
    ]
    total = sum(overlap.end_ms - overlap.start_ms for overlap in delivery.overlaps)
    hint = t("delivery.overlaps_hint", seconds=f"{total / 1000:.1f}") if moments else ""
    return _measure("overlaps", str(len(moments)), hint, _one_kind(moments))


def _one_kind(moments: Sequence[MomentRow]) -> list[KindRow]:
    return [KindRow("", str(len(moments)), "", list(moments))] if moments else []


def _moment(
    text: str, start_ms: int, *, detail: str = "", lead_ms: int = LEAD_MS, line_id: str = "", width: str = ""
) -> MomentRow:
    at = offset_text(start_ms)
    label = t("delivery.play", at=at, what=text)
    return MomentRow(text, detail, at, max(0, start_ms - lead_ms), label, line_id, width)


def _seconds(length_ms: int) -> str:
    return t("numbers.delay", seconds=f"{length_ms / 1000:.1f}")


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""
