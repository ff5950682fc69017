"""Interviews as journals hold them: an agent that asks, a candidate who answers at length, with the times of speech."""

import random
from collections.abc import Iterator
from datetime import timedelta

from peak_app.domain.meetings.turns import Turn

_WORD_MS = 60_000 / 160
_PAUSE_MS = 700
QUESTIONS = (
    "Tell me about a project you are proud of, and what your own part in it was.",
    "What was the hardest part of it?",
    "How did you find out where the time was lost?",
    "Which other ways did you look at, and why did you choose this one?",
    "What would you do differently if you had to build it again?",
    "How did you verify the result before you switched?",
    "Tell me about a time when you disagreed with somebody on your team.",
    "What did you learn from that?",
    "How would you design a service that sends a million notifications an hour?",
    "What happens when one of its parts fails?",
    "How do you decide what to test, and what not?",
    "Which numbers did you watch after the release?",
)
SENTENCES = (
    "At my last company I owned the order pipeline, from the first request to the mail that goes out.",
    "Um, I moved it to a queue, and the delay went down from nine seconds to half a second.",
    "I measured it with a trace on every step, and the queue was ninety percent of the waiting time.",
    "We had a conflict about the deadline, so I wrote down both plans and we chose the smaller one together.",
    "The backfill had forty million rows, because we had no downtime window at all.",
    "I ran both systems for two weeks and compared the totals each night.",
    "You know, the first attempt failed, since the lock was held for far too long.",
    "I would start with the reads, because most of the traffic only looks things up.",
    "Then I would add a cache, and measure again before I go on.",
    "In the end the error rate fell by a third, and support had half as many tickets.",
    "I asked two colleagues to review the plan, and one of them found a hole in it.",
    "It was, uh, the first time that I led a migration of that size.",
    "We decided to keep the old table for a month, so that we could go back.",
    "My part was the schema, the scripts and the dashboard that everyone looked at.",
    "The customer cared about the invoices only, so I began with those.",
)


def interview(length: timedelta, seed: int) -> Iterator[Turn]:
    """Turns until `length` is over; the same seed gives the same words. About 150 words a minute."""
    chosen = random.Random(seed)
    at_ms, number = 0.0, 0
    while at_ms < length / timedelta(milliseconds=1):
        answer = " ".join(chosen.choices(SENTENCES, k=chosen.randint(2, 5)))
        for speaker, text in (("agent", chosen.choice(QUESTIONS)), ("candidate", answer)):
            end_ms = at_ms + len(text.split()) * _WORD_MS
            yield Turn(
                item_id=f"item-{number}",
                speaker="agent" if speaker == "agent" else "candidate",
                text=text,
                start_ms=round(at_ms),
                end_ms=round(end_ms),
                reply_delay_ms=_PAUSE_MS if speaker == "agent" and number else None,
            )
            at_ms, number = end_ms + _PAUSE_MS, number + 1
