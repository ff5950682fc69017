/** What the page asks the routes of its call. */

const ANSWER_WITHIN_MS = 15_000;
const ICE_WITHIN_MS = 3_000;

/** The server's no. `place` is one's place in line, 0 without one; `isFinal` when asking again can't help. */
export class Refused extends Error {
  constructor(status, sentence, place = 0) {
    super(sentence);
    this.status = status;
    this.place = place;
    this.isFinal = ![0, 408, 429, 500, 502, 503, 504].includes(status);
  }
}

function within(ms, signal) {
  const limit = AbortSignal.timeout(ms);
  // Browsers of before 2024 can't join signals; there an attempt ends at its own time only.
  return signal && AbortSignal.any ? AbortSignal.any([signal, limit]) : limit;
}

async function refusal(response) {
  const { error, place } = (await response.json().catch(() => null)) ?? {};
  return new Refused(response.status, typeof error === "string" ? error : "", Number.isInteger(place) ? place : 0);
}

/** POST to a route of the call; throws Refused with the server's sentence, or with status 0 when nobody answered. */
export async function post(path, body = {}, { withinMs = ANSWER_WITHIN_MS, signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: within(withinMs, signal),
    });
  } catch {
    throw new Refused(0, "");
  }
  if (!response.ok) throw await refusal(response);
  return response.json().catch(() => ({}));
}

/** How to reach the bridge, as RTCPeerConnection takes it: {} where there is nothing to know, null without an answer. */
export async function fetchIce(meetingId, signal) {
  try {
    const response = await fetch(`/api/calls/${meetingId}/ice`, { signal: within(ICE_WITHIN_MS, signal) });
    if (response.status === 404) return {};
    if (!response.ok) return null;
    const { ice_servers: servers, ice_transport_policy: policy } = await response.json();
    return {
      iceServers: Array.isArray(servers) ? servers : [],
      iceTransportPolicy: policy === "relay" ? "relay" : "all",
    };
  } catch {
    return null;
  }
}

/** A sentence of the coach, as a Blob. Throws Refused. */
export async function fetchVoice(meetingId) {
  let response;
  try {
    response = await fetch(`/api/calls/${meetingId}/voice`, { signal: within(2 * ANSWER_WITHIN_MS) });
    if (response.ok) return await response.blob();
  } catch {
    throw new Refused(0, "");
  }
  throw await refusal(response);
}
