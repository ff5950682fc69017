"""Agents: their form by mouse, keyboard and on a phone; templates, knowledge, versions, and agents as files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.visitor import Visitor
from tests.unit.documents.files import docx

INSTRUCTIONS = "Ask me about conflicts at work, one question at a time."

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser)
    visitor.sign_in()
    return visitor


def _unfold(page: Page | Locator, name: str) -> Locator:
    group = page.get_by_role("group", name=name, exact=True)
    group.locator("summary").click()
    return group


def _stage(group: Locator, place: int, **values: str) -> None:
    row = group.get_by_role("group", name=f"Stage {place}")
    for field, value in values.items():
        row.get_by_label(field.capitalize()).fill(value)


def test_a_coach_is_made_patient_with_stages_and_stays_so(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", INSTRUCTIONS)
    turns = _unfold(page, "Turn-taking")
    expect(turns.get_by_role("radio", name="Balanced")).to_be_checked()
    expect(turns.get_by_role("checkbox", name="Step in when an answer gets long")).not_to_be_checked()
    turns.get_by_role("radio", name="Patient").check()
    expect(turns.locator("summary")).to_have_text("Patient")

    stages = _unfold(page, "Stages")
    expect(stages.locator("summary")).to_contain_text("None")
    stages.get_by_role("button", name="Add stage").click()
    expect(stages.get_by_role("group", name="Stage 1").get_by_label("Name")).to_be_focused()
    _stage(stages, 1, name="Warm-up", minutes="5")
    stages.get_by_role("button", name="Add stage").click()
    _stage(stages, 2, name="System design", minutes="25", goal="How they weigh trade-offs.")
    expect(stages.get_by_text("30 min in all", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Version 2")).to_be_visible()

    page.reload()
    expect(page.get_by_role("group", name="Turn-taking").locator("summary")).to_have_text("Patient")
    expect(page.get_by_role("group", name="Stages", exact=True).locator("summary")).to_have_text(
        "Warm-up, System design · 30 min in all"
    )
    expect(_unfold(page, "Turn-taking").get_by_role("radio", name="Patient")).to_be_checked()
    second = _unfold(page, "Stages").get_by_role("group", name="Stage 2")
    expect(second.get_by_label("Name")).to_have_value("System design")
    expect(second.get_by_label("Minutes")).to_have_value("25")
    expect(second.get_by_label("Goal")).to_have_value("How they weigh trade-offs.")

    # Another question bank is another version of the same coach.
    page.get_by_label("Question bank").select_option(index=1)
    expect(page.get_by_text("The next meeting asks from this bank.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("group", name="Turn-taking").locator("summary")).to_have_text("Patient")


def test_a_refusal_takes_nothing_away_from_what_was_typed(ann: Visitor) -> None:
    page = ann.page
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("button", name="New agent").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("Bea")
    dialog.get_by_role("textbox", name="Instructions").fill(INSTRUCTIONS)
    turns = _unfold(dialog, "Turn-taking")
    turns.get_by_role("radio", name="Brisk").check()
    turns.get_by_role("checkbox", name="Step in when an answer gets long").check()
    turns.get_by_role("spinbutton", name="After so many seconds").fill("5")
    stages = _unfold(dialog, "Stages")
    stages.get_by_role("button", name="Add stage").click()
    _stage(stages, 1, minutes="70")
    expect(stages.get_by_text("A call lasts at most 45 minutes")).to_be_visible()
    create = dialog.get_by_role("button", name="Create agent")
    for sentence, mend in (
        (
            "Long answers may be interrupted after 30 to 600 seconds.",
            lambda: turns.get_by_role("spinbutton").fill("60"),
        ),
        ("Each stage needs a name.", lambda: _stage(stages, 1, name="Everything")),
        ("A stage takes 1 to 60 minutes.", lambda: _stage(stages, 1, minutes="40")),
    ):
        create.click()
        expect(dialog.get_by_role("alert")).to_have_text(sentence)
        expect(turns.get_by_role("radio", name="Brisk")).to_be_checked()
        mend()
    create.click()

    expect(page.get_by_role("heading", level=1, name="Bea")).to_be_visible()
    expect(page.get_by_role("group", name="Turn-taking").locator("summary")).to_have_text("Brisk, steps in after 60 s")
    expect(page.get_by_role("group", name="Stages", exact=True).locator("summary")).to_have_text(
        "Everything · 40 min in all"
    )


def test_stages_are_ordered_by_keyboard_alone(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", INSTRUCTIONS)
    stages = page.get_by_role("group", name="Stages", exact=True)
    stages.locator("summary").focus()
    page.keyboard.press("Enter")
    for name in ("One", "Two", "Three"):
        stages.get_by_role("button", name="Add stage").focus()
        page.keyboard.press("Space")
        page.keyboard.type(name)
    stages.get_by_role("button", name="Move Three up").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(stages.get_by_role("button", name="Move Three up")).to_be_focused()
    expect(stages.get_by_role("status")).to_have_text("Now stage 1 of 3.")
    page.keyboard.press("Enter")
    stages.get_by_role("button", name="Remove One").focus()
    page.keyboard.press("Enter")
    expect(stages.get_by_role("button", name="Remove Two")).to_be_focused()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Version 2")).to_be_visible()
    page.reload()
    expect(stages.locator("summary")).to_have_text("Three, Two · 20 min in all")


def test_the_form_of_an_agent_fits_a_phone(ann: Visitor) -> None:
    page = ann.page
    page.goto("/agents")
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="New agent").click()
    dialog = page.get_by_role("dialog")
    _unfold(dialog, "Turn-taking").get_by_role("checkbox").check()
    stages = _unfold(dialog, "Stages")
    stages.get_by_role("button", name="Add stage").click()
    _stage(stages, 1, name="W" * 40, goal="g" * 300)
    for place in (page.locator("html"), dialog):
        assert place.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_a_template_with_a_cv_becomes_an_agent_whose_changes_are_kept(ann: Visitor, tmp_path: Path) -> None:
    page = ann.page
    page.goto("/agents")
    page.get_by_role("group", name="Kind of interview").get_by_role("button", name="Leadership").click()
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Engineering manager loop"))
    card.get_by_role("button", name="Preview").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("You are a director of engineering")).to_be_visible()
    dialog.get_by_role("button", name="Use template").click()
    dialog = page.get_by_role("dialog", name="New agent")
    expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_have_value("Engineering manager loop")
    _unfold(dialog, "Greeting").get_by_role("textbox").fill("Good morning, I am Morgan.")
    knowledge = _unfold(dialog, "Knowledge")
    bad, good = tmp_path / "cv.pdf", tmp_path / "Ann CV.docx"
    bad.write_bytes(b"<html><script>alert(1)</script></html>")
    good.write_bytes(docx("Led the move of billing to events in 2024."))
    knowledge.locator("[data-part=file]").set_input_files(bad)
    expect(knowledge.get_by_role("alert")).to_contain_text("This is a web page")
    knowledge.locator("[data-part=file]").set_input_files(good)
    document = knowledge.get_by_role("group", name="Document 1")
    expect(document.get_by_label("Text")).to_have_value("Led the move of billing to events in 2024.")
    expect(document.get_by_label("What it is")).to_have_value("cv")
    dialog.get_by_role("button", name="Create agent").click()

    expect(page.get_by_role("heading", level=1, name="Engineering manager loop")).to_be_visible()
    expect(page.get_by_role("group", name="Knowledge").locator("summary")).to_have_text("Ann CV.docx")
    page.get_by_role("textbox", name="Instructions").fill("x" * 10_000)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_contain_text("at most 8,000 characters; this has 10,000")
    expect(page.get_by_role("textbox", name="Instructions")).to_have_value("x" * 10_000)
    page.get_by_role("textbox", name="Instructions").fill("Ask me about <b>people</b>.")
    page.get_by_role("button", name="Save changes").click()
    newest = page.get_by_role("listitem").filter(has_text="No. 2")
    newest.get_by_role("button", name="What changed").click()
    expect(newest.get_by_text("Ask me about <b>people</b>.")).to_be_visible()
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_role("textbox", name="Instructions")).to_have_value(re.compile("^You are a director"))
    expect(page.get_by_role("listitem").filter(has_text="No. 3")).to_be_visible()
    assert ann.failures == []


def test_an_agent_is_copied_archived_and_brought_over_in_a_file(ann: Visitor, tmp_path: Path) -> None:
    page = ann.page
    ann.create_agent("Bea 🎯 שלום", INSTRUCTIONS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    file = tmp_path / "bea.json"
    download.value.save_as(file)
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("This agent is archived")).to_be_visible()
    expect(page.get_by_role("button", name="New meeting")).to_have_count(0)

    page.goto("/agents")
    page.locator("[data-part=agent-file]").set_input_files(tmp_path / "bea.json")
    expect(page.get_by_role("heading", level=1, name="Bea 🎯 שלום")).to_be_visible()
    expect(page.get_by_role("button", name="New meeting")).to_be_visible()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", level=1, name="Bea 🎯 שלום (copy)")).to_be_visible()

    page.goto("/agents")
    cards = page.get_by_role("region", name="Agents").get_by_role("link")
    expect(cards).to_have_count(2)
    page.get_by_role("searchbox", name="Search agents").fill("copy")
    expect(cards).to_have_count(1)
    page.get_by_role("searchbox", name="Search agents").fill("")
    page.get_by_role("button", name="Archived").click()
    expect(cards).to_have_count(1)
    (tmp_path / "odd.json").write_text('{"format": "peak-agent", "version": 9}')
    page.locator("[data-part=agent-file]").set_input_files(tmp_path / "odd.json")
    expect(page.get_by_role("alert")).to_contain_text("another version of PeakInterviewsAI")
