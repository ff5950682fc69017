/** Bringing in an agent that was exported to a file. */
import { useRef, useState } from "react";
import { Icon } from "./fold.jsx";

export function ImportAgent({ mostBytes, labels, onImported }) {
  const files = useRef(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  const bringIn = async (file) => {
    setProblem("");
    setBusy(true);
    try {
      if (file.size > mostBytes) throw new Error(labels.too_large);
      const answer = await fetch("/api/agents/import", {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: file,
      });
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(said.error ?? labels.failed);
      onImported(said.agent_id);
    } catch (error) {
      // Browsers say in words of their own that nobody answered.
      setProblem(error instanceof TypeError ? labels.failed : error.message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <input ref={files} type="file" accept=".json,application/json" hidden aria-hidden="true" tabIndex={-1} data-part="agent-file"
        onChange={(event) => {
          const [file] = event.target.files;
          // The same file may be chosen again.
          event.target.value = "";
          if (file) bringIn(file);
        }} />
      <button type="button" className="btn soft" disabled={isBusy} aria-busy={isBusy} onClick={() => files.current.click()}>
        <Icon path="M8 11V3M4.5 6.5 8 3l3.5 3.5M3 13h10" />{isBusy ? labels.busy : labels.import}
      </button>
      {problem && <p className="note red import-problem" role="alert">{problem}</p>}
    </>
  );
}
