"""The transcript as subtitles."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.exports.subtitles import CUE_LIMIT, cues_of, to_subrip, to_webvtt
from peak_app.domain.insights.lines import Line
from tests.unit.exports.reports import AGENT, report_of


def test_webvtt_has_times_speakers_and_words():
    text = to_webvtt(report_of())
    assert text.startswith("WEBVTT\n\n00:00:00.500 --> 00:00:04.000\n<v Ada &lt;script&gt; --&gt; O'Neil>Tell me")
    assert "3 &lt; 4 services &amp; &lt;i&gt;nothing&lt;/i&gt; broke." in text
    # An arrow anywhere but between two times would end a cue.
    assert len(re.findall("-->", text)) == len(cues_of(report_of()))


def test_subrip_counts_its_cues_and_names_who_speaks():
    text = to_subrip(report_of())
    assert text.startswith("1\n00:00:00,500 --> 00:00:04,000\nAda <\u2060script> --\u2060> O'Neil: Tell me about")
    numbers = [int(number) for number in re.findall(r"^(\d+)$", text, re.MULTILINE)]
    assert numbers == list(range(1, len(cues_of(report_of())) + 1))
    assert "<i>" not in text


def test_unheard_words_are_in_no_cue():
    assert "And why?" not in to_webvtt(report_of())


def test_a_long_turn_becomes_cues_that_follow_one_another():
    cues = [cue for cue in cues_of(report_of()) if cue.speaker != AGENT and cue.start_ms < 25_000]
    assert len(cues) > 2
    assert (cues[0].start_ms, cues[-1].end_ms) == (5_000, 25_000)
    assert all(before.end_ms == after.start_ms for before, after in pairwise(cues))


def test_what_was_typed_can_be_read_as_well():
    last = cues_of(report_of())[-1]
    assert (last.start_ms, last.end_ms) == (65_000, 65_800)


def test_no_lines_make_an_empty_file():
    assert (to_webvtt(report_of([])), to_subrip(report_of([]))) == ("WEBVTT\n", "")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=600), st.integers(0, 90_000))
def test_no_word_is_lost_and_no_cue_too_long(text: str, duration_ms: int):
    line = Line(id="L1", speaker="candidate", start_ms=1_000, end_ms=1_000 + duration_ms, text=text)
    cues = cues_of(report_of([line]))
    assert "".join("".join(cue.text.split()) for cue in cues) == "".join(text.split())
    assert all(len(cue.text) <= CUE_LIMIT and cue.end_ms > cue.start_ms for cue in cues)
