/** What is known of a call, and what a message of the bridge or a doing of the person makes of it. Pure. */

export const START = {
  /** lobby, joining, waiting, room, reconnecting, ending; taken, lost, refused: over, as far as this page goes. */
  phase: "lobby",
  /** In line for a place; 0 without one. */
  place: 0,
  /** What the agent is doing, in the bridge's words. */
  agentState: "connecting",
  hasAgentSpoken: false,
  /** [{id, speaker, text, unheard, isFinal, isTyped}] in the order in which they began. */
  captions: [],
  /** The bridge's clock as it was last told, and when that was on the page's own. */
  time: null,
  plan: { plannedS: null, capS: null, stages: [] },
  isRecorded: true,
  /** While the person holds the turn: {until, ms} on the page's clock. */
  hold: null,
  delivery: null,
  /** The answer by keyboard that is on its way: {text, state: "sent"|"arrived"|"lost"}. */
  typed: null,
  /** A sentence while the agent is away. */
  voiceGone: "",
  notice: "",
  problem: "",
  isMuted: false,
  needsClick: false,
};

const same = (one, other) => one.replace(/\s+/g, " ").trim() === other.replace(/\s+/g, " ").trim();

function withCaption(captions, id, change) {
  const at = captions.findIndex((caption) => caption.id === id);
  if (at >= 0) return captions.with(at, { ...captions[at], ...change });
  return [...captions, { id, speaker: "agent", text: "", unheard: "", isFinal: false, isTyped: false, ...change }];
}

function hello(call, event) {
  return {
    ...call,
    notice: event.notice ?? "",
    isRecorded: event.is_recorded ?? true,
    plan: { plannedS: event.planned_s ?? null, capS: event.cap_s ?? null, stages: event.stages ?? [] },
    time: {
      at: event.at,
      elapsedMs: event.elapsed_ms ?? 0,
      leftS: Math.max(0, (event.planned_s ?? event.cap_s ?? 0) - (event.elapsed_ms ?? 0) / 1000),
      remainingS: null,
      isLate: false,
      // Not told yet; null is: all are over.
      stage: undefined,
      stageLeftS: null,
      isStageLate: false,
    },
    hold: null,
    // What was being said when the connection broke is not going on.
    captions: call.captions.map((caption) => (caption.isFinal ? caption : { ...caption, isFinal: true })),
  };
}

function caption(call, event) {
  const isPersons = event.speaker === "candidate";
  if (event.is_final && !event.text) {
    return { ...call, captions: call.captions.filter(({ id }) => id !== event.id) };
  }
  const isTyped = Boolean(isPersons && event.is_final && call.typed && same(call.typed.text, event.text));
  return {
    ...call,
    typed: isTyped ? { ...call.typed, state: "arrived" } : call.typed,
    voiceGone: isPersons ? call.voiceGone : "",
    captions: withCaption(call.captions, event.id, {
      speaker: event.speaker,
      text: event.text,
      isFinal: event.is_final,
      ...(isTyped ? { isTyped } : {}),
    }),
  };
}

function problem(call, event) {
  switch (event.code) {
    case "voice_gone":
      return event.is_fatal ? call : { ...call, voiceGone: event.text };
    case "voice_back":
      return { ...call, voiceGone: "" };
    default:
      return call;
  }
}

/** `event`: a message of the bridge with `at`, when it came on the page's clock; or one of the page's own. */
export function reduce(call, event) {
  switch (event.type) {
    case "hello":
      return hello(call, event);
    case "state":
      return {
        ...call,
        agentState: event.value,
        hasAgentSpoken: call.hasAgentSpoken || event.value === "speaking",
      };
    case "caption":
      return caption(call, event);
    case "caption_cut": {
      const change = { text: event.text, unheard: event.unheard ?? "", isFinal: true };
      return { ...call, captions: withCaption(call.captions, event.id, change) };
    }
    case "time":
      return {
        ...call,
        time: {
          at: event.at,
          elapsedMs: event.elapsed_ms,
          leftS: event.left_s ?? event.remaining_s,
          remainingS: event.remaining_s ?? null,
          isLate: event.is_late ?? false,
          stage: event.stage ?? null,
          stageLeftS: event.stage_left_s ?? null,
          isStageLate: event.is_stage_late ?? false,
        },
      };
    case "thinking": {
      const hold = { until: event.at + event.left_ms, ms: Math.max(call.hold?.ms ?? 0, event.left_ms) };
      return { ...call, hold: event.left_ms > 0 ? hold : null };
    }
    case "delivery":
      return { ...call, delivery: { pace: event.words_per_minute ?? null, fillers: event.fillers } };
    case "problem":
      return problem(call, event);
    // the page's own
    case "typed_sent":
      return { ...call, typed: { text: event.text, state: "sent" } };
    case "typed_lost":
      return call.typed?.state === "sent" ? { ...call, typed: { ...call.typed, state: "lost" } } : call;
    case "typed_done":
      return { ...call, typed: null };
    case "set":
      return { ...call, ...event.values };
    default:
      return call;
  }
}

/** The meeting's time at a moment of the page's clock, in ms. */
export const elapsedMs = (time, now) => (time ? time.elapsedMs + Math.max(0, now - time.at) : 0);
