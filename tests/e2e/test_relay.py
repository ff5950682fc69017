"""A call whose every packet goes through a TURN server: what people behind strict networks need."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import ScratchDatabase
from tests.e2e.room_stage import room_stage
from tests.integration.turn_server import turn_server

WATCH = """const Original = RTCPeerConnection;
window.peers = [];
window.RTCPeerConnection = function (...given) {
  const made = new Original(...given);
  window.peers.push(made);
  return made;
};"""
PAIR = """async () => {
  const stats = [...(await window.peers.at(-1).getStats()).values()];
  const pair = stats.find((one) => one.type === "candidate-pair" && one.state === "succeeded" && one.nominated);
  return pair ? stats.find((one) => one.id === pair.localCandidateId).candidateType : null;
}"""


@pytest.mark.timeout(400)
def test_a_call_works_through_a_turn_server_alone(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    folder: Path = tmp_path_factory.mktemp("turn")
    with turn_server(folder) as relay:
        told = {
            "PEAK_TURN_URLS": relay.url,
            "PEAK_TURN_SECRET": relay.secret,
            "PEAK_ICE_TRANSPORT_POLICY": "relay",
        }
        with room_stage(scratch_database, tmp_path_factory.mktemp("web"), told) as stage:
            stage.sign_in(browser)
            page = stage.open_lobby(browser, WATCH)
            page.get_by_role("button", name="Join meeting").click()
            stage.bridge.wait_connected()
            stage.bridge.wait_for("mute")
            expect(page.get_by_role("button", name="End meeting")).to_be_visible()
            assert page.evaluate(PAIR) == "relay"
            assert relay.relays >= 1
            assert stage.close_visits() == []
