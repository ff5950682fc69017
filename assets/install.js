// Lets the browser keep the shell of the pages; without it everything works as well, with a network.
if ("serviceWorker" in navigator) addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));

// The command palette is a script that comes after the page. Whoever asks for it before gets it as soon as it is there.
const isPaletteKey = (event) => event.key?.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
addEventListener("keydown", (event) => {
  if (!isPaletteKey(event) || window.peakPalette || !document.querySelector("[data-palette]")) return;
  event.preventDefault();
  window.peakPaletteAwaited = true;
});
addEventListener("click", (event) => {
  if (!window.peakPalette && event.target.closest?.("[data-palette]")) window.peakPaletteAwaited = true;
});
