/** A button with a small panel of its own, which Esc and a press elsewhere close. */
import { useEffect, useRef } from "react";
import { Icon } from "./icons.jsx";

export function Menu({ icon, label, isOpen, onToggle, onClose, children }) {
  const place = useRef(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const press = ({ target }) => place.current?.contains(target) || onClose();
    window.addEventListener("pointerdown", press);
    return () => window.removeEventListener("pointerdown", press);
  }, [isOpen, onClose]);
  return (
    <div className="menu" ref={place}>
      <button type="button" className="control" onClick={onToggle} aria-expanded={isOpen}>
        <Icon name={icon} />
        <span>{label}</span>
      </button>
      {isOpen && <div className="menu-panel" role="group" aria-label={label}>{children}</div>}
    </div>
  );
}
