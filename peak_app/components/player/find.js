/** Finding words in lines. Pure. */

export const MOST_HITS = 2000;
/** So many are marked at most: more would help nobody find anything. */
const MOST_MARKS = 400;

const QUOTES = /['\u2018\u2019]/;

/** What a person types as a pattern: case, width of spaces and the kind of apostrophe do not matter. */
function patternOf(query) {
  const source = query
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&").replace(new RegExp(QUOTES, "g"), "['\u2018\u2019]"))
    .join("\\s+");
  return new RegExp(source, "gi");
}

/** Each place where the query stands, in order: `{line, start, end}`, `line` being an index. */
export function findHits(lines, query) {
  const hits = [];
  if (!query.trim()) return hits;
  const pattern = patternOf(query);
  for (let line = 0; line < lines.length; line += 1) {
    for (const match of lines[line].text.matchAll(pattern)) {
      hits.push({ line, start: match.index, end: match.index + match[0].length });
      if (hits.length === MOST_HITS) return hits;
    }
  }
  return hits;
}

/** When a hit was said, in seconds: as far into its line as into the text. */
export function momentOf(hit, lines) {
  const line = lines[hit.line];
  return (line.at_ms + ((line.end_ms - line.at_ms) * hit.start) / Math.max(1, line.text.length)) / 1000;
}

/** Marks of a time bar for the hits, near ones as one. */
export function marksOf(hits, lines, current) {
  const lengthS = lines.length ? lines[lines.length - 1].end_ms / 1000 : 0;
  const stepS = Math.max(lengthS / MOST_MARKS, 0.05);
  const marks = new Map();
  hits.forEach((hit, index) => {
    const slot = Math.round(momentOf(hit, lines) / stepS);
    const isCurrent = index === current || (marks.get(slot)?.isCurrent ?? false);
    marks.set(slot, { at: slot * stepS, isCurrent });
  });
  return [...marks.values()];
}

/** Index of the last line that has begun by then; -1 before the first. Lines are in the order they begin. */
export function lineAt(lines, ms) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].at_ms <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
