// The page for the time without a network: back to where one wanted to go as soon as there is one again.
addEventListener("online", () => location.reload());
document.querySelector("[data-retry]")?.addEventListener("click", () => location.reload());
