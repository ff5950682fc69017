/** Scrolling of the page to its lines. */

export const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export function isInView(element) {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < window.innerHeight;
}

/** Bring an element into view. Far ways are not animated: lines on the way are not laid out yet. */
export function scrollTo(element, block) {
  const { top } = element.getBoundingClientRect();
  const isFar = Math.abs(top - window.innerHeight / 2) > 2 * window.innerHeight;
  element.scrollIntoView({ block, behavior: isFar || isCalm() ? "auto" : "smooth" });
}
