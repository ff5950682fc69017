"""Pipecat as its documentation puts it together: SmallWebRTCTransport and OpenAIRealtimeLLMService, nothing tuned.

Runs in an environment of its own (`pipecat.txt`): `python pipecat_bot.py --port 9000 --model-url
ws://127.0.0.1:9001/v1/realtime`; POST /offer takes and gives {"sdp", "type"}.
"""

import argparse
import asyncio
import sys

from aiohttp import web
from loguru import logger
from loopback import stay_on_loopback
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport

RATE_HZ = 24_000


class Bots:
    """One pipeline for each call, all in this process."""

    def __init__(self, model_url: str) -> None:
        self._model_url = model_url
        self._running: set[asyncio.Task[None]] = set()

    async def offer(self, request: web.Request) -> web.Response:
        body = await request.json()
        connection = SmallWebRTCConnection()
        await connection.initialize(sdp=body["sdp"], type=body["type"])
        running = asyncio.create_task(self._run(connection))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return web.json_response(connection.get_answer())

    async def _run(self, connection: SmallWebRTCConnection) -> None:
        transport = SmallWebRTCTransport(
            webrtc_connection=connection, params=TransportParams(audio_in_enabled=True, audio_out_enabled=True)
        )
        heard = events.AudioInput(turn_detection=events.TurnDetection())
        properties = events.SessionProperties(audio=events.AudioConfiguration(input=heard))
        model = OpenAIRealtimeLLMService(
            api_key="local",
            base_url=self._model_url,
            settings=OpenAIRealtimeLLMService.Settings(
                system_instruction="You are an interview coach.", session_properties=properties
            ),
        )
        context = LLMContextAggregatorPair(LLMContext([]))
        pipeline = Pipeline([transport.input(), context.user(), model, transport.output(), context.assistant()])
        params = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
        task = PipelineTask(pipeline, params=params, cancel_on_idle_timeout=False)

        @transport.event_handler("on_client_disconnected")
        async def _(*_: object) -> None:
            await task.cancel()

        await PipelineRunner(handle_sigint=False).run(task)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-url", required=True)
    options = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    stay_on_loopback()
    app = web.Application()
    app.router.add_post("/offer", Bots(options.model_url).offer)
    web.run_app(app, host="127.0.0.1", port=options.port, print=None)


if __name__ == "__main__":
    main()
