import { useEffect, useId, useRef, useState } from "react";
import { useNavigate } from "react-router";

const PAUSE_MS = 140;

/** Lower case and without accents, so that "resume" finds "Résumé". */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** The palette, opened by Ctrl+K, Cmd+K, or whatever carries `data-palette`. Draws nothing while it is closed. */
export function Palette(props) {
  const [isOpen, setOpen] = useState(false);
  const leave = useRef(props.onLeave);
  leave.current = props.onLeave;
  useEffect(() => {
    const onKey = (event) => {
      if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      // Over another dialog it would be out of place.
      setOpen((was) => !was && !document.querySelector("dialog[open], [role=dialog], [role=alertdialog]"));
    };
    const onPress = (event) => event.target.closest?.("[data-palette]") && setOpen(true);
    addEventListener("keydown", onKey);
    addEventListener("click", onPress);
    // assets/install.js notes who asked before this script was here.
    window.peakPalette = true;
    if (window.peakPaletteAwaited) setOpen(true);
    window.peakPaletteAwaited = false;
    return () => {
      window.peakPalette = false;
      removeEventListener("keydown", onKey);
      removeEventListener("click", onPress);
    };
  }, []);
  if (!isOpen) return null;
  return <Opened {...props} onClose={() => { setOpen(false); leave.current?.(); }} />;
}

function Opened({ strings, groups, pages, rows, answered, isLoaded, isOperator, limit, onSearch, onClose }) {
  const dialog = useRef(null);
  const ask = useRef(onSearch);
  ask.current = onSearch;
  const navigate = useNavigate();
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);

  useEffect(() => {
    const shown = dialog.current;
    shown.showModal();
    return () => shown.close();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => ask.current?.(text), text ? PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);

  const wanted = plain(text.trim());
  const own = pages.filter((page) => (page.for === "everyone" || isOperator) && plain(page.title).includes(wanted));
  const isAnswered = isLoaded && answered === text;
  // What was found for the letters before stays until there is an answer: a list that blinks can't be read.
  const found = isLoaded ? rows.filter((row) => isAnswered || plain(`${row.title} ${row.detail}`).includes(wanted)) : [];
  const entries = [...own.map((page) => ({ ...page, kind: "pages", detail: "" })), ...found];
  const at = Math.min(active, entries.length - 1);

  const open = (entry) => {
    if (!entry) return;
    onClose();
    navigate(entry.to);
  };
  const onKeyDown = (event) => {
    const last = entries.length - 1;
    const steps = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, Home: 0, End: last };
    if (event.nativeEvent.isComposing || ((event.key === "Home" || event.key === "End") && text)) return;
    if (event.key in steps) {
      event.preventDefault();
      setActive(Math.max(0, steps[event.key]));
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(entries[at]);
    } else if (event.key === "Escape") {
      // The browser says only later that it closed a dialog; whoever opens it again at once would close it instead.
      event.preventDefault();
      onClose();
    }
  };
  useEffect(() => {
    dialog.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const status = entries.length
    ? (entries.length === 1 ? strings.found_one : strings.found_many).replace("{count}", entries.length)
    : isAnswered ? strings.nothing : strings.searching;
  return (
    <dialog className="palette" ref={dialog} aria-label={strings.title} onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div className="palette-inner">
        <input className="palette-input" type="text" role="combobox" aria-expanded={entries.length > 0}
          aria-controls={`${id}list`} aria-autocomplete="list" aria-label={strings.title} maxLength={limit}
          aria-activedescendant={entries.length ? `${id}${at}` : undefined} placeholder={strings.placeholder}
          autoComplete="off" autoCapitalize="off" spellCheck={false} autoFocus value={text} onKeyDown={onKeyDown}
          onChange={(event) => { setText(event.target.value); setActive(0); }} />
        <div className="palette-list" id={`${id}list`} role="listbox" aria-label={strings.title}>
          {groups.filter(({ kind }) => entries.some((entry) => entry.kind === kind)).map(({ kind, title }) => (
            <div key={kind} role="group" aria-labelledby={`${id}${kind}`}>
              <p id={`${id}${kind}`} className="palette-kind" role="presentation">{title}</p>
              {entries.map((entry, place) => entry.kind === kind && (
                <div key={entry.to} id={`${id}${place}`} role="option" aria-selected={place === at} className="palette-row"
                  onMouseMove={() => place !== at && setActive(place)} onClick={() => open(entry)}>
                  <span dir="auto">{entry.title}</span>
                  {entry.detail && <small dir="auto">{entry.detail}</small>}
                </div>
              ))}
            </div>
          ))}
        </div>
        <p className={entries.length ? "vh" : "palette-none"} role="status">{status}</p>
        <footer className="palette-foot" aria-hidden="true">
          <span><kbd>↑</kbd><kbd>↓</kbd> {strings.move}</span>
          <span><kbd>↵</kbd> {strings.choose}</span>
          <span><kbd>esc</kbd> {strings.leave}</span>
        </footer>
      </div>
    </dialog>
  );
}
