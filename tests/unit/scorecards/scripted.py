"""Lines of a meeting for tests, one every ten seconds."""

from peak_app.domain.insights.lines import Line

STEP_MS = 10_000


def lines_of_talk(*turns: str, typed: tuple[str, ...] = ()) -> list[Line]:
    """Turns begin with `A: ` or `C: `; those of `typed` were written. Each is said at three words a second."""
    lines: list[Line] = []
    for number, turn in enumerate(turns, start=1):
        speaker, text = turn.split(": ", 1)
        start_ms = number * STEP_MS
        length_ms = 0 if turn in typed else len(text.split()) * 333
        lines.append(
            Line(
                id=f"L{number}",
                speaker="agent" if speaker == "A" else "candidate",
                start_ms=start_ms,
                end_ms=start_ms + length_ms,
                text=text,
                is_typed=turn in typed,
            )
        )
    return lines
