/** Groups of a form that stay folded until someone wants them, and what their rows are made of. */

export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function Group({ name, chosen, children }) {
  return (
    <fieldset className="group">
      <legend>{name}</legend>
      <details className="fold">
        <summary>{chosen}</summary>
        <div className="inside">{children}</div>
      </details>
    </fieldset>
  );
}

export function Icon({ path }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.7"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={path} /></svg>
  );
}
