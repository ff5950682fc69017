import { useEffect, useState } from "react";

/** Offers the browser's time zone to an account that still has none of its own. */
export function ZoneOffer({ zone, text, action, onUse }) {
  const [own, setOwn] = useState("");
  useEffect(() => setOwn(Intl.DateTimeFormat().resolvedOptions().timeZone ?? ""), []);
  if (zone !== "UTC" || !own || own === "UTC" || own.startsWith("Etc/")) return null;
  return (
    <div className="note" style={{ alignItems: "center", flexWrap: "wrap" }}>
      <p style={{ flex: "1 1 240px" }}>{text.replace("{zone}", own.replaceAll("_", " "))}</p>
      <button type="button" className="btn soft small" onClick={() => onUse?.(own)}>{action}</button>
    </div>
  );
}
