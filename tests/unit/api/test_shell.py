"""What makes the product installable."""

import json
import struct
from pathlib import Path

from peak_app.api.shell import manifest, offline_page, service_worker
from pictures.icons import SIZES, SOURCE, draw

ASSETS = Path(__file__).parents[3] / "assets"


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_manifest_has_what_browsers_ask_for_before_they_install() -> None:
    known = json.loads(json.dumps(manifest()))
    assert known["name"]
    assert known["short_name"]
    assert known["start_url"].startswith(known["scope"])
    assert known["display"] == "standalone"
    purposes = {(icon["sizes"], icon["purpose"]) for icon in known["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("192x192", "maskable"), ("512x512", "maskable")} <= purposes


def test_every_icon_of_the_manifest_is_there_in_its_size() -> None:
    for icon in json.loads(json.dumps(manifest()))["icons"]:
        content = (ASSETS / icon["src"].lstrip("/")).read_bytes()
        if icon["type"] == "image/png":
            assert "x".join(map(str, size_of(content))) == icon["sizes"]


def test_the_icons_are_those_that_are_drawn_from_the_one_drawing() -> None:
    for name, size in SIZES.items():
        drawn = draw(name, SOURCE.read_text())
        assert size_of(drawn) == (size, size)
        assert drawn == (ASSETS / "icons" / f"{name}.png").read_bytes()


def test_another_version_is_another_worker() -> None:
    assert 'const CACHE = "peak-shell-abc"' in service_worker("abc")
    assert service_worker("abc") != service_worker("abd")


def test_the_page_without_a_network_needs_nothing_else_but_what_is_kept() -> None:
    page = bytes(offline_page().body).decode()
    kept = service_worker("x").partition("KEPT = [")[2].partition("]")[0]
    for path in ("/favicon.svg", "/icon.svg", "/retry.js"):
        assert path in page
        assert path in kept
