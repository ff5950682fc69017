// Keeps the shell of the pages: files named by their content, and one page for the time without a network. Nothing else
// is ever kept: no page, no answer of a route, no recording, no event. `VERSION` is filled in by the server.
const CACHE = "peak-shell-VERSION";
const OFFLINE = "/offline";
const KEPT = [OFFLINE, "/icon.svg", "/favicon.svg", "/retry.js"];
// Led to as pages, and none: files, other programs, forms.
const APART = /^\/(api|auth|dev|media|ops)(\/|$)/;
// The one script whose words depend on where it is asked for.
const SHELL = /^\/assets\/(?!reflex-env-)[\w.-]+\.(js|css|woff2)$/;

self.addEventListener("install", (event) => {
  const fresh = KEPT.map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = caches
    .keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("peak-") && name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(forget.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || request.headers.has("range")) return;
  if (request.mode === "navigate") {
    if (!APART.test(url.pathname)) event.respondWith(page(request));
  } else if (SHELL.test(url.pathname)) event.respondWith(shell(request));
  else if (KEPT.includes(url.pathname)) event.respondWith(fetch(request).catch(() => caches.match(url.pathname)));
});

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function shell(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.headers.get("cache-control")?.includes("immutable")) await cache.put(request, answer.clone());
  return answer;
}
