from dataclasses import replace
from decimal import Decimal

from peak_app.domain.model_usage.repository import UsageTotal
from peak_app.domain.model_usage.service import UsageBill
from peak_app.i18n.catalogue import t
from peak_app.state.model_usage import UseRow, dollars, sum_text, use_rows

REPLIES = UsageTotal("reply", "gpt-realtime-2.1", 1_200, 0, 90_000, 4_000, 60_000, 0.0, Decimal("1.5"))
HEARD = UsageTotal("transcription", "gpt-transcribe", 3, 1, 0, 0, 0, 90.0, None)
SUMMARY = UsageTotal("summary", "gpt-5.4-mini", 1, 0, 10, 5, 0, 0.0, Decimal("0.0123"))


def test_each_kind_of_work_tells_its_model_and_what_it_took():
    assert use_rows([REPLIES, HEARD, SUMMARY]) == [
        UseRow(
            "Answers in calls",
            "gpt-realtime-2.1",
            "1,200",
            "90,000 read, 4,000 written · 60,000 of them cached",
            "$1.50",
        ),
        UseRow("Words of calls", "gpt-transcribe", "3, 1 of them uncounted", "1.5 min of sound", t("numbers.none")),
        UseRow("Summary", "gpt-5.4-mini", "1", "10 read, 5 written", "$0.0123"),
    ]


def test_a_sum_says_whether_it_is_the_whole():
    assert sum_text(UsageBill([REPLIES, SUMMARY])) == "$1.51"
    assert sum_text(UsageBill([SUMMARY, HEARD])) == "$0.0123, and what has no price"
    assert sum_text(UsageBill([HEARD])) == "3 requests"
    assert sum_text(UsageBill([])) == "nothing"


def test_a_moment_of_sound_is_told_in_seconds():
    (row,) = use_rows([replace(HEARD, seconds=7.4)])
    assert row.tokens == "7 s of sound"


def test_small_amounts_keep_their_digits():
    assert [dollars(Decimal(amount)) for amount in ("0", "0.00031", "1", "1234.5")] == [
        "$0.0000",
        "$0.0003",
        "$1.00",
        "$1,234.50",
    ]
