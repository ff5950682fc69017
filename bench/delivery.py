"""How well delivery is measured on the labelled meetings of the tests, and what that costs.

`python -m bench.delivery` on a machine that does nothing else. The held-out part was not looked at while rules and
thresholds were set.
"""

import time

from peak_app.adapters.ears.listening import LocalEars
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.speech import measure_sound
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


def main() -> None:
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


if __name__ == "__main__":
    main()
