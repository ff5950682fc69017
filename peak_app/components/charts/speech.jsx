/** The pace of a meeting over its time as bars, and below them where fillers, pauses and overlaps were. */
import { useEffect, useRef, useState } from "react";

const HEIGHT = 196;
const TOP = 12;
const LEFT = 34;
const ROW = 18;
const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

/** Steps between labels that people count time in, in ms. */
const STEPS = [30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);

export function SpeechChart({ bars, marks, kinds, lengthMs, average, label, averageLabel }) {
  const box = useRef(null);
  const [width, setWidth] = useState(640);
  const [active, setActive] = useState(-1);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(240, entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const top = Math.ceil(Math.max(120, ...bars.map((bar) => bar.value)) / 60) * 60;
  const x = (ms) => LEFT + (width - LEFT - 6) * (ms / Math.max(1, lengthMs));
  const y = (value) => TOP + (HEIGHT - TOP) * (1 - value / top);
  const most = Math.max(2, Math.floor(width / 90));
  const step = STEPS.find((ms) => lengthMs / ms <= most) ?? STEPS.at(-1) * Math.ceil(lengthMs / STEPS.at(-1) / most);
  const times = Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step);
  const rows = kinds.map((kind) => ({ ...kind, marks: marks.filter((mark) => mark.kind === kind.name) }));
  const bottom = HEIGHT + 14 + rows.length * ROW;
  const shown = bars[active];

  return (
    <div ref={box} className="speech">
      <svg className="chart" height={bottom + 22} viewBox={`0 0 ${width} ${bottom + 22}`} role="img" aria-label={label}>
        {[0, 1 / 3, 2 / 3, 1].map((share) => (
          <g key={share}>
            <line className="gridline" x1={LEFT} x2={width} y1={y(top * share)} y2={y(top * share)} />
            <text x={LEFT - 9} y={y(top * share) + 4} textAnchor="end">{Math.round(top * share)}</text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <g key={bar.start_ms} data-play-ms={bar.start_ms} className="bar-place"
            onMouseEnter={() => setActive(index)} onMouseLeave={() => setActive(-1)}>
            <rect x={x(bar.start_ms)} y={TOP} width={Math.max(1, x(bar.end_ms) - x(bar.start_ms))} height={HEIGHT - TOP}
              fill="transparent" />
            {bar.value > 0 && (
              <rect className="pace" x={x(bar.start_ms) + 1} y={y(bar.value)} rx="3"
                width={Math.max(1, x(bar.end_ms) - x(bar.start_ms) - 2)} height={y(0) - y(bar.value)} />
            )}
          </g>
        ))}
        {average > 0 && (
          <>
            <line className="average" x1={LEFT} x2={width} y1={y(average)} y2={y(average)} />
            <text className="over" x={width - 2} y={y(average) - 6} textAnchor="end">{averageLabel}</text>
          </>
        )}
        {rows.map((row, number) => {
          const middle = HEIGHT + 14 + number * ROW + ROW / 2;
          return (
            <g key={row.name} data-kind={row.name}>
              <line className="gridline" x1={LEFT} x2={width} y1={middle} y2={middle} />
              {row.marks.map((mark) => (
                <rect key={mark.start_ms} className="mark" data-play-ms={Math.max(0, mark.start_ms - 500)} x={x(mark.start_ms)}
                  y={middle - 5} width={Math.max(3, x(mark.end_ms) - x(mark.start_ms))} height="10" rx="1.5" />
              ))}
            </g>
          );
        })}
        {times.map((ms) => (
          <text key={ms} x={x(ms)} y={bottom + 16} textAnchor={ms ? "middle" : "start"}>{clock(ms)}</text>
        ))}
      </svg>
      <div className="legend" aria-hidden="true">
        {rows.map((row) => <span key={row.name} data-kind={row.name}><i />{row.label}</span>)}
      </div>
      {shown && (
        <div className="chart-tip"
          style={{ left: Math.min(Math.max(x((shown.start_ms + shown.end_ms) / 2), 90), width - 90), top: Math.max(0, y(shown.value) - 44) }}>
          {shown.text}
        </div>
      )}
    </div>
  );
}
