/** The keys of the room. */
import { useEffect, useRef } from "react";

/** In the order of the list. The first key of an action is the one that controls show. */
export const KEYS = [
  ["hold", ["h", " "]],
  ["done", ["d"]],
  ["repeat", ["r"]],
  ["skip", ["s"]],
  ["clarify", ["c"]],
  ["type", ["t"]],
  ["mute", ["m"]],
  ["camera", ["v"]],
  ["captions", ["."]],
  ["larger", ["]"]],
  ["smaller", ["["]],
  ["list", ["?"]],
  ["close", ["Escape"]],
];
const ACTIONS = new Map(KEYS.flatMap(([action, keys]) => keys.map((key) => [key, action])));

const FIELDS = "input, textarea, select, [contenteditable]";
const CONTROLS = `${FIELDS}, a[href], button, summary, [tabindex="0"]`;

export const keyOf = (action) => KEYS.find(([name]) => name === action)[1][0];

function hasModifier(event) {
  // Some layouts have the brackets behind AltGr, which counts as Ctrl and Alt.
  if (event.getModifierState("AltGraph")) return false;
  const isLetter = event.key.length === 1 && event.key.toLowerCase() !== event.key.toUpperCase();
  return event.ctrlKey || event.altKey || event.metaKey || (event.shiftKey && isLetter);
}

/**
 * Have keys do `actions`, functions by the names of KEYS. Never while someone types or holds a modifier; the space bar
 * only where it presses no control. Esc closes panels also with `isOn` false.
 */
export function useShortcuts(actions, isOn) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event) => {
      // An open dialog has keys of its own.
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const action = ACTIONS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
      if (action === "close") return latest.current.close();
      const target = event.target instanceof Element ? event.target : document.body;
      if (!action || !isOn || event.repeat || hasModifier(event) || target.closest(FIELDS)) return;
      if (event.key === " " && target.closest(CONTROLS)) return;
      event.preventDefault();
      latest.current[action]();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [isOn]);
}
