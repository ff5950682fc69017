"""Where the time between the end of a person's speech and the agent's first sound went. Pure; times are meeting ms."""

from dataclasses import dataclass
from itertools import pairwise

from peak_app.domain.meetings.turns import DelayParts


@dataclass(slots=True)
class Receipt:
    """Filled in as things happen; ask it at the first sound. `words_at_ms` only where the answer waits for them."""

    speech_ended_ms: int
    turn_over_ms: int
    words_at_ms: int | None = None
    first_text_ms: int | None = None
    first_sound_ms: int | None = None

    def total(self, started_ms: int) -> int:
        return max(0, started_ms - self.speech_ended_ms)

    def parts(self, started_ms: int) -> DelayParts:
        """Parts that add up to the total; what did not happen, or not in this order, took no time."""
        marks = [self.speech_ended_ms]
        for mark in (self.turn_over_ms, self.words_at_ms, self._model_done_ms, self.first_sound_ms, started_ms):
            # None: the next part takes over its time.
            marks.append(min(started_ms, max(marks[-1], mark)) if mark is not None else marks[-1])
        endpointing, recognition, model, synthesis, transport = (after - before for before, after in pairwise(marks))
        return DelayParts(endpointing, recognition, model, synthesis, transport)

    @property
    def _model_done_ms(self) -> int | None:
        """The first sign of an answer. A model that speaks without writing first has made sound and words at once."""
        signs = [mark for mark in (self.first_text_ms, self.first_sound_ms) if mark is not None]
        return min(signs) if signs else None
