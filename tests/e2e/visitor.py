"""A person in front of a browser: signs in, describes an agent, opens a meeting."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, expect


@dataclass
class Visitor:
    """One browser profile. `failures` collects what pages throw; a test expects it to stay empty."""

    browser: Browser
    origin: str
    email: str
    options: dict[str, object] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context: BrowserContext = self.browser.new_context(base_url=self.origin, **self.options)  # pyright: ignore[reportArgumentType]
        self.page: Page = self.open_tab()

    def open_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.failures.append(str(error)))
        return page

    def sign_in(self) -> None:
        """By the mail in the local inbox."""
        page = self.page
        page.goto("/login")
        page.get_by_role("textbox", name="Email").fill(self.email)
        page.get_by_role("button", name="Email me a sign-in link").click()
        expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        page.get_by_role("link", name="Open the local inbox").click()
        page.locator("article", has_text=self.email).get_by_role("link", name="Sign in").first.click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("link", name="Dashboard")).to_be_visible(timeout=15_000)

    def create_agent(self, name: str, instructions: str) -> None:
        page = self.page
        page.get_by_role("link", name="Agents", exact=True).click()
        page.get_by_role("button", name="New agent").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Name").fill(name)
        dialog.get_by_role("textbox", name="Instructions").fill(instructions)
        dialog.get_by_role("button", name="Create agent").click()
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def open_call(self, title: str, agent_name: str) -> str:
        """Start a meeting now; gives its id, with the lobby open."""
        page = self.page
        page.get_by_role("link", name="Meetings", exact=True).click()
        # The page before has a button of this name, too.
        expect(page.get_by_role("heading", name="Meetings", exact=True, level=1)).to_be_visible()
        page.get_by_role("button", name="New meeting").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Title").fill(title)
        dialog.get_by_label("Agent").select_option(label=agent_name)
        dialog.get_by_role("button", name="Start now").click()
        expect(page).to_have_url(re.compile(r"/call/[0-9a-f-]{36}$"))
        return page.url.rpartition("/")[2]

    def close(self) -> None:
        self.context.close()
