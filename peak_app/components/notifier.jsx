import { useEffect, useRef } from "react";
import { toast } from "sonner";

/** Shows `notice` ({id, level, text}) as a toast whenever its id is new, and says so. */
export function Notifier({ notice, onShown }) {
  const shown = useRef("");
  const tell = useRef(onShown);
  tell.current = onShown;
  useEffect(() => {
    if (!notice?.id || notice.id === shown.current) return;
    shown.current = notice.id;
    (toast[notice.level] ?? toast)(notice.text, { duration: notice.level === "error" ? 8000 : 4000 });
    tell.current?.(notice.id);
  }, [notice?.id]);
  return null;
}
