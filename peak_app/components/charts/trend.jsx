/** A small chart, bars or a line, from points {label, title, value, text, path}; each point leads to its meeting. */
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

const HEIGHT = 210;
const TOP = 14;
const BOTTOM = 28;
const LEFT = 34;

/** A round number at or above `value` that four lines divide well. */
function ceiling(value) {
  const step = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 4, 5, 8, 10].map((factor) => factor * step).find((limit) => limit >= value) ?? value;
}

export function TrendChart({ points, kind, label }) {
  const box = useRef(null);
  const [width, setWidth] = useState(560);
  const [active, setActive] = useState(-1);
  const navigate = useNavigate();
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(240, entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const top = ceiling(Math.max(...points.map((point) => point.value), 1));
  const room = (width - LEFT - 8) / points.length;
  const x = (index) => LEFT + room * (index + 0.5);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const line = points.map((point, index) => `${index ? "L" : "M"}${x(index)} ${y(point.value)}`).join("");
  const area = `${line}L${x(points.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`;
  const barWidth = Math.min(34, room * 0.56);
  const every = Math.ceil(points.length / Math.max(2, Math.floor(width / 84)));
  const shown = points[active];

  return (
    <div ref={box} style={{ position: "relative" }}>
      <svg className="chart" height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label={label}>
        <defs>
          <linearGradient id={`fill-${kind}`} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="var(--iris-9)" stopOpacity={kind === "bars" ? 1 : 0.26} />
            <stop offset="1" stopColor={kind === "bars" ? "var(--violet-8)" : "var(--iris-9)"} stopOpacity={kind === "bars" ? 0.85 : 0} />
          </linearGradient>
        </defs>
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <g key={share}>
            <line className="gridline" x1={LEFT} x2={width} y1={y(top * share)} y2={y(top * share)} />
            <text x={LEFT - 9} y={y(top * share) + 4} textAnchor="end">{Math.round(top * share * 100) / 100}</text>
          </g>
        ))}
        {kind === "line" && points.length > 1 && <path d={area} fill="url(#fill-line)" />}
        {kind === "line" && <path d={line} fill="none" stroke="var(--iris-9)" strokeWidth="2.4" strokeLinejoin="round" />}
        {points.map((point, index) => (
          <g key={point.path} role="link" tabIndex={0} aria-label={`${point.title}, ${point.label}: ${point.text}`}
            style={{ cursor: "pointer" }} onClick={() => navigate(point.path)}
            onKeyDown={(event) => event.key === "Enter" && navigate(point.path)}
            onMouseEnter={() => setActive(index)} onMouseLeave={() => setActive(-1)}
            onFocus={() => setActive(index)} onBlur={() => setActive(-1)}>
            <rect x={x(index) - room / 2} y={TOP} width={room} height={HEIGHT - TOP - BOTTOM} fill="transparent" />
            {kind === "bars" ? (
              <rect x={x(index) - barWidth / 2} y={y(point.value)} width={barWidth} rx={Math.min(7, barWidth / 2)}
                height={Math.max(3, y(0) - y(point.value))} fill="url(#fill-bars)" opacity={active < 0 || active === index ? 1 : 0.45} />
            ) : (
              <circle cx={x(index)} cy={y(point.value)} r={active === index ? 6 : 4.2} fill="var(--color-panel-solid)"
                stroke="var(--iris-9)" strokeWidth="2.4" />
            )}
            {(points.length - 1 - index) % every === 0 && (
              <text x={x(index)} y={HEIGHT - 8} textAnchor="middle">{point.label}</text>
            )}
          </g>
        ))}
      </svg>
      {shown && (
        <div className="chart-tip" style={{ left: Math.min(Math.max(x(active), 90), width - 90), top: Math.max(0, y(shown.value) - 62) }}>
          <b>{shown.text}</b><span>{shown.title}</span>
        </div>
      )}
    </div>
  );
}
