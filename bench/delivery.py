"""How well delivery is measured on the labelled meetings of the tests, and what that costs.

`python -m bench.delivery` on a machine that does nothing else. The held-out part was not looked at while rules and
thresholds were set. `python -m bench.delivery --hours 3` says instead what one meeting of that length takes.
"""

import argparse
import itertools
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from peak_app.adapters.ears.listening import LocalEars
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.speech import measure_sound
from peak_app.ports.ears import BothVoices
from tests.labelled_speech.judging import Verdict, table, true_delays, true_pace, true_pauses
from tests.labelled_speech.script import LabelledMeeting, speak_meetings


def errors_of(meeting: LabelledMeeting, delivery: Delivery) -> str:
    """The worst of each number of a meeting, against its labels."""
    pace = (delivery.words_per_minute or 0) / true_pace(meeting) - 1
    pauses = [
        abs(pause.end_ms - pause.start_ms - (end_ms - start_ms))
        for pause, (start_ms, end_ms) in zip(delivery.pauses, true_pauses(meeting), strict=True)
    ]
    delays = [
        abs(delay.delay_ms - true_ms)
        for delay, true_ms in zip(delivery.answer_delays, true_delays(meeting), strict=True)
    ]
    return f"pace {pace:+.1%}, {len(pauses)} pauses +-{max(pauses)} ms, {len(delays)} delays +-{max(delays)} ms"


@dataclass(frozen=True, slots=True)
class LongMeeting:
    """The voices of short meetings, one after the other and again from the first, for so many seconds."""

    meetings: Sequence[LabelledMeeting]
    seconds: float

    def __iter__(self) -> Iterator[BothVoices]:
        left_ms = self.seconds * 1_000
        for meeting in itertools.cycle(self.meetings):
            for voices in meeting.voices():
                if left_ms <= 0:
                    return
                left_ms -= voices.candidate.duration_ms
                yield voices


def measure_length(hours: float) -> None:
    meeting = LongMeeting([*speak_meetings("tune")], hours * 3_600)
    before_mb, began, used = _peak_mb(), time.monotonic(), time.process_time()
    delivery = measure_sound([], [], LocalEars().listen(meeting))
    took_s, cpu_s = time.monotonic() - began, time.process_time() - used
    print(
        f"{delivery.pace[-1].end_ms / 3_600_000:.2f} h: {took_s:.0f} s, {cpu_s:.0f} s of CPU, "
        f"memory {before_mb:.0f} -> {_peak_mb():.0f} MB"
    )


def _peak_mb() -> float:
    """The most this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_labelled() -> None:
    ears = LocalEars()
    sound_ms, cpu_s = 0, 0.0
    for part in ("tune", "held-out"):
        verdict = Verdict()
        for meeting in speak_meetings(part):
            began = time.process_time()
            delivery = measure_sound([], [], ears.listen(meeting.voices()))
            cpu_s += time.process_time() - began
            sound_ms += delivery.pace[-1].end_ms
            verdict.add(meeting, delivery)
            print(f"{meeting.name:<12} {errors_of(meeting, delivery)}")
        print(f"{part}: fillers recall {verdict.recall:.2f}, precision {verdict.precision:.2f}")
        print(*table(verdict), sep="\n")
    print(f"CPU: {cpu_s * 60_000 / sound_ms:.1f} s for each minute of a meeting")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.delivery", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, help="listen to one meeting of that length instead")
    options = parser.parse_args()
    if options.hours:
        measure_length(options.hours)
    else:
        measure_labelled()


if __name__ == "__main__":
    main()
