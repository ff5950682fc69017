"""Where one stands and how that develops, in a browser: with weeks of practice, and with nothing at all."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from peak_app.cli.demo import EMAIL as DEMO
from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from tests.conftest import ScratchDatabase
from tests.demo_results import seed_with_results
from tests.e2e.room_stage import RoomStage, room_stage
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stage(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomStage]:
    with room_stage(scratch_database, tmp_path_factory.mktemp("web")) as built:
        yield built


def arrive(stage: RoomStage, browser: Browser, email: str, **options: object) -> Page:
    stage.visitors.append(Visitor(browser, stage.origin, email, options))
    stage.visitors[-1].sign_in()
    return stage.visitors[-1].page


def has_sideways_scroll(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0


def test_weeks_of_practice_become_lines_a_comparison_and_a_drill(
    stage: RoomStage, browser: Browser, scratch_database: ScratchDatabase
) -> None:
    seed_with_results(stage.sessions, TenantSessions(engine(scratch_database.worker_url)))
    page = arrive(stage, browser, DEMO)
    expect(page.get_by_text("Everything counted here is demonstration data.")).to_be_visible()
    expect(page.get_by_role("heading", name="Last scorecard")).to_be_visible()
    practise = page.get_by_role("button", name=re.compile("^Practise this: "))
    expect(practise).to_have_count(2)

    page.get_by_role("link", name="Progress", exact=True).first.click()
    expect(page.get_by_role("img", name=re.compile("^Result, one dot for each session: .*median"))).to_have_count(2)
    heading = page.get_by_role("heading", name="Software engineering interview, version 1")
    group = page.locator("section.panel", has=heading)
    group.get_by_text("The same as a table").click()
    rows = group.get_by_role("region").locator("tbody tr")
    expect(rows.first).to_contain_text("Demo: What not to build")
    count = rows.count()
    page.get_by_role("navigation", name="Range").get_by_role("link", name="30 days").click()
    expect(page).to_have_url(re.compile(r"\?range=30$"))
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")
    expect(rows).not_to_have_count(count)

    page.get_by_role("link", name="Compare two attempts").click()
    first = page.get_by_role("combobox", name="First attempt")
    warm_up = first.locator("option", has_text="warm-up").get_attribute("value")
    first.select_option(warm_up)
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"first=[0-9a-f-]{36}&second=[0-9a-f-]{36}"))
    expect(page.get_by_role("row", name=re.compile("^Pace ")).get_by_text(re.compile("slower"))).to_be_visible()

    page.goto("/dashboard")
    practise.first.click()
    dialog = page.get_by_role("dialog", name="Practise one thing")
    focus = dialog.get_by_role("textbox", name="Focus").input_value()
    dialog.get_by_role("button", name="Start the drill").click()
    expect(page).to_have_url(re.compile(r"/call/[0-9a-f-]{36}$"))
    expect(page.get_by_text(f"Focus of this meeting: {focus}")).to_be_visible()
    page.goto(page.url.replace("/call/", "/meetings/"))
    expect(page.get_by_text(f"Focus of this meeting: {focus}")).to_be_visible()
    assert stage.close_visits() == []


def test_with_nothing_held_pages_say_what_to_do_and_fit_a_phone(stage: RoomStage, browser: Browser) -> None:
    page = arrive(stage, browser, "new@example.org")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_text("No scorecard yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Describe your first coach")).to_be_visible()
    assert not has_sideways_scroll(page)
    page.goto("/progress")
    expect(page.get_by_role("heading", name="Nothing to see yet")).to_be_visible()
    page.goto("/progress/compare?first=x&second=y")
    expect(page.get_by_role("alert")).to_contain_text("can't be compared")
    expect(page.get_by_role("heading", name="Two attempts are needed")).to_be_visible()
    assert not has_sideways_scroll(page)
    assert stage.close_visits() == []
