"""Keeps up with the payment provider for as long as the web process lives.

It asks for whoever something happened to, and tells what was used.
"""

import asyncio
import logging
from functools import cache

from sqlalchemy.exc import SQLAlchemyError

from peak_app.errors import PeakError
from peak_app.wiring import services

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 30.0
"""Most looks are for a bell, at once; these are for what failed before, and for the daily round."""


class Till:
    """Used on the event loop only."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """There is something to be asked for."""
        self._bell.set()

    async def wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()


@cache
def till() -> Till:
    return Till()


async def keep_up_with_payments() -> None:
    """Lifespan task. Where nobody sells anything there is nothing to do."""
    if not services().payment_provider:
        return
    if services().settings.has_polar:
        await asyncio.to_thread(warm_up)
    while True:
        try:
            await ask_for_due()
            await end_for_due()
            await report_due()
        except SQLAlchemyError as error:
            log.warning("payments wait for the database: %s", type(error).__name__)
        await till().wait()


def warm_up() -> None:
    """Polar waits ten seconds for an answer to a webhook: what that takes is loaded before the first one comes."""
    services().payments.warm_up()


async def report_due() -> int:
    """Tell the provider what was used, one after the other; gives how much of it is known there now."""
    known = 0
    for used in await asyncio.to_thread(services().usage_reports.list_due):
        known += await asyncio.to_thread(services().usage_reports.send, used)
    return known


async def end_for_due() -> int:
    """Have the provider end what those who left still pay for; gives how many answers came."""
    answered = 0
    for owner_id in await asyncio.to_thread(services().subscription_endings.list_due):
        answered += await asyncio.to_thread(services().subscription_endings.end, owner_id)
    return answered


async def ask_for_due() -> int:
    """Ask the provider for everyone who is due, one after the other; gives how many answers came."""
    answered = 0
    for user_id in await asyncio.to_thread(services().subscriptions.list_due):
        try:
            answered += await asyncio.to_thread(services().subscriptions.refresh, user_id)
        except PeakError as error:
            log.warning("subscription not kept: %s", type(error).__name__)
    return answered
