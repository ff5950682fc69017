/** Small charts of progress. Who does not see them has the label, and a table with the same numbers beside them. */
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

const TOP = 12;
const BOTTOM = 24;
const LEFT = 34;
const RIGHT = 10;

function useWidth(least) {
  const box = useRef(null);
  const [width, setWidth] = useState(360);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(least, entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** A round number at or above `value` that four lines divide well. */
function ceiling(value) {
  const step = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  return [1, 2, 4, 5, 8, 10].map((factor) => factor * step).find((limit) => limit >= value) ?? value;
}

function Grid({ lines, width, y }) {
  return lines.map((value) => (
    <g key={value}>
      <line className="gridline" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
      <text x={LEFT - 9} y={y(value) + 4} textAnchor="end">{Math.round(value * 100) / 100}</text>
    </g>
  ));
}

function Tip({ x, y, width, text, title }) {
  return (
    <div className="chart-tip" aria-hidden="true" style={{ left: Math.min(Math.max(x, 90), width - 90), top: Math.max(-6, y - 66) }}>
      <b>{text}</b><span>{title}</span>
    </div>
  );
}

/** Labels from the newest backwards, as many as have room. */
function Days({ labels, x, width, bottom }) {
  const every = Math.max(1, Math.ceil(labels.length / Math.max(1, Math.floor((width - LEFT) / 84))));
  return labels.map((label, index) => (labels.length - 1 - index) % every === 0 && (
    <text key={index} x={Math.min(x(index), width - 22)} y={bottom} textAnchor="middle">{label}</text>
  ));
}

/** One dot for each session; a line only between sessions that follow each other and both have a number.
 *  `rows`, the newest first, are the sessions of the table beside it. */
export function TrendChart({ trend, rows }) {
  const height = 148;
  const [box, width] = useWidth(220);
  const [active, setActive] = useState(-1);
  const navigate = useNavigate();
  const points = trend.values.map((value, index) => {
    const row = rows[rows.length - 1 - index];
    return { value, label: row.day, title: row.title, path: row.path, text: row.cells[trend.place] };
  });

  const isScore = trend.top > 0;
  const least = isScore ? 1 : 0;
  const most = isScore ? trend.top : ceiling(Math.max(...points.map((point) => point.value), trend.high, 0.1));
  const room = (width - LEFT - RIGHT) / points.length;
  const x = (index) => LEFT + room * (index + 0.5);
  const y = (value) => TOP + (height - TOP - BOTTOM) * (1 - (value - least) / (most - least));
  const lines = isScore ? [1, 2, 3, 4, 5].filter((value) => value <= most) : [0, most / 4, most / 2, (most * 3) / 4, most];
  const steps = points.slice(1).map((_, index) => index).filter((index) => points[index].value >= 0 && points[index + 1].value >= 0);
  const radius = room > 14 ? 4 : room > 6 ? 3 : 2;
  const shown = points[active];

  return (
    <div ref={box} className="trend-chart">
      <svg className="chart" height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={trend.label}>
        <Grid lines={lines} width={width} y={y} />
        {trend.low >= 0 && (
          <rect className="band" x={LEFT} width={width - LEFT} y={y(trend.high)} height={Math.max(2, y(trend.low) - y(trend.high))} />
        )}
        {trend.median >= 0 && <line className="median" x1={LEFT} x2={width} y1={y(trend.median)} y2={y(trend.median)} />}
        {steps.map((index) => (
          <line key={index} className="step" x1={x(index)} y1={y(points[index].value)} x2={x(index + 1)} y2={y(points[index + 1].value)} />
        ))}
        {points.map((point, index) => point.value >= 0 && (
          <g key={index} className="place" onClick={() => navigate(point.path)}
            onMouseEnter={() => setActive(index)} onMouseLeave={() => setActive(-1)}>
            <rect x={x(index) - room / 2} y={0} width={room} height={height - BOTTOM} fill="transparent" />
            <circle cx={x(index)} cy={y(point.value)} r={active === index ? radius + 2 : radius} />
          </g>
        ))}
        <Days labels={points.map((point) => point.label)} x={x} width={width} bottom={height - 6} />
      </svg>
      {shown && <Tip x={x(active)} y={y(shown.value)} width={width} text={shown.text} title={`${shown.title}, ${shown.label}`} />}
    </div>
  );
}

/** Minutes of practice by week; a week without any is an empty place. */
export function WeekChart({ weeks, label }) {
  const height = 190;
  const [box, width] = useWidth(240);
  const [active, setActive] = useState(-1);

  const most = ceiling(Math.max(...weeks.map((week) => week.value), 4));
  const room = (width - LEFT - RIGHT) / weeks.length;
  const x = (index) => LEFT + room * (index + 0.5);
  const y = (value) => TOP + (height - TOP - BOTTOM) * (1 - value / most);
  const bar = Math.min(38, room * 0.62);
  const shown = weeks[active];

  return (
    <div ref={box} className="trend-chart">
      <svg className="chart" height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <Grid lines={[0, most / 4, most / 2, (most * 3) / 4, most]} width={width} y={y} />
        {weeks.map((week, index) => (
          <g key={index} onMouseEnter={() => setActive(index)} onMouseLeave={() => setActive(-1)}>
            <rect x={x(index) - room / 2} y={TOP} width={room} height={height - TOP - BOTTOM} fill="transparent" />
            {week.value > 0 && (
              <rect className="week" x={x(index) - bar / 2} y={y(week.value)} width={bar} rx={Math.min(6, bar / 2)}
                height={Math.max(3, y(0) - y(week.value))} data-on={active === index} />
            )}
          </g>
        ))}
        <Days labels={weeks.map((week) => week.label)} x={x} width={width} bottom={height - 6} />
      </svg>
      {shown && <Tip x={x(active)} y={y(shown.value)} width={width} text={shown.text} title={shown.label} />}
    </div>
  );
}
