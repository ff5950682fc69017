"""`make live`: hold what is configured against the real services, at what they cost.

Exit status: 0 all passed, 1 something failed, 3 nothing is configured.
"""

import asyncio
import sys
from collections.abc import Callable

from hibari import Hibari

from peak_app.cli.doctor import Verdict, examine
from peak_app.cli.environment import BadEnvironment, read_settings
from peak_app.config import Settings
from peak_app.embedded.ai_server.speech.pcm import to_pcm
from peak_app.errors import PeakError
from tests.contracts.realtime_conformance.client import Broken, recording
from tests.contracts.realtime_conformance.scenarios import SCENES, Stage
from tests.live.outcomes import NOT_CONFIGURED, Outcome, exit_status
from tests.live.text import check_answer_rests_on_lines, check_moderation, check_search, check_speech, check_summary

OPENAI_URL = "https://api.openai.com/v1"
SPOKEN = "I worked on a payment service for three years, and I liked the people in my team."
LONGEST_SCENE_S = 120

TEXT_CHECKS: dict[str, Callable[[Settings], None]] = {
    "a summary rests on lines": check_summary,
    "an answer rests on lines": check_answer_rests_on_lines,
    "search finds by meaning": check_search,
    "the lobby's sentence is spoken": check_speech,
}


def main() -> int:
    try:
        known = read_settings()
    except BadEnvironment as error:
        sys.stderr.write(f"{error}\n")
        return 1
    outcomes = [*_models(known), *_others(known)]
    status = exit_status(outcomes)
    checked = [outcome for outcome in outcomes if outcome.is_passed is not None]
    sys.stdout.write(f"{sum(bool(each.is_passed) for each in checked)} of {len(checked)} passed\n")
    return status


def _models(known: Settings) -> list[Outcome]:
    if known.is_embedded_ai:
        return [_told(Outcome("OpenAI", None, "set OPENAI_API_KEY or PEAK_OPENAI_BASE_URL"))]
    outcomes = [_told(_of(f"text: {name}", lambda check=check: check(known))) for name, check in TEXT_CHECKS.items()]
    moderation = "moderation: an ordinary coach passes"
    if known.moderates:
        outcomes.append(_told(_of(moderation, lambda: check_moderation(known))))
    else:
        outcomes.append(_told(Outcome(moderation, None, "PEAK_MODERATION is not on for this server")))
    base = (known.openai_base_url or OPENAI_URL).rstrip("/")
    url, stage = base.replace("http", "ws", 1), Stage(to_pcm(Hibari()(SPOKEN)))
    scenes = (
        _told(_of(f"realtime: {name}", lambda name=name: asyncio.run(_play(known, url, name, stage))))
        for name in SCENES
    )
    return [*outcomes, *scenes]


async def _play(known: Settings, url: str, name: str, stage: Stage) -> None:
    async with asyncio.timeout(LONGEST_SCENE_S), recording(url, known.realtime_model, known.language_api_key) as client:
        await SCENES[name](client, stage)


def _others(known: Settings) -> list[Outcome]:
    """What `peak doctor` sees of the other services that are set."""
    is_set = {
        "Database": known.database_url,
        "TURN": known.turn_urls,
        "Mail": known.smtp_host,
        "Billing": known.has_polar,
    }
    findings = {finding.subject: finding for finding in examine(known)}
    outcomes = []
    for subject, value in is_set.items():
        finding = findings[subject]
        is_passed = finding.verdict is Verdict.OK if value else None
        outcomes.append(_told(Outcome(f"doctor: {subject}", is_passed, finding.sentence)))
    return outcomes


def _of(name: str, check: Callable[[], None]) -> Outcome:
    """One boundary for what a service may do; only its kind is told where words could stand in it."""
    try:
        check()
    except (Broken, AssertionError) as fault:
        return Outcome(name, False, str(fault)[:400])
    except PeakError as error:
        return Outcome(name, False, error.sentence)
    except Exception as error:
        return Outcome(name, False, type(error).__name__)
    return Outcome(name, True, "")


def _told(outcome: Outcome) -> Outcome:
    word = NOT_CONFIGURED if outcome.is_passed is None else "passed" if outcome.is_passed else "FAILED"
    sys.stdout.write(f"{word:<15} {outcome.name}{f': {outcome.detail}' if outcome.detail else ''}\n")
    sys.stdout.flush()
    return outcome


if __name__ == "__main__":
    sys.exit(main())
