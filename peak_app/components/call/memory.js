/** What this browser remembers from call to call, and a draft from load to load. Nothing of it goes to the server. */
import { useCallback, useState } from "react";

const PREFIX = "peak.room.";

function read(store, name, fallback) {
  try {
    const kept = JSON.parse(store().getItem(PREFIX + name));
    return typeof kept === typeof fallback && kept !== null ? kept : fallback;
  } catch {
    return fallback;
  }
}

function write(store, name, value) {
  try {
    store().setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A private window may keep nothing; then it holds for this page.
  }
}

// Reaching for a store can throw as well, where cookies are blocked.
const forLong = () => window.localStorage;
const forThisTab = () => window.sessionStorage;

export const recall = (name, fallback) => read(forLong, name, fallback);
export const remember = (name, value) => write(forLong, name, value);

/** As `useState`, of something that is remembered. A kept value of another type counts as none. */
export function useRemembered(name, fallback) {
  const [value, setValue] = useState(() => recall(name, fallback));
  const change = useCallback(
    (next) => {
      remember(name, next);
      setValue(next);
    },
    [name],
  );
  return [value, change];
}

/** The unsent answer of a meeting. It outlives a reload of the tab, and no more. */
export function useDraft(meetingId) {
  const name = `draft.${meetingId}`;
  const [draft, setDraft] = useState(() => read(forThisTab, name, ""));
  const change = useCallback(
    (text) => {
      write(forThisTab, name, text);
      setDraft(text);
    },
    [name],
  );
  return [draft, change];
}

/** Called when the meeting is over. */
export function dropDraft(meetingId) {
  write(forThisTab, `draft.${meetingId}`, "");
}
