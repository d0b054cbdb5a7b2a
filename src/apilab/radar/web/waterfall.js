// Time as a picture: the colours and patterns of docs/explain/waterfall.md.
import { h, ms, s } from "./dom.js";

export const meanings = [
  ["network", "network"], ["server", "server"], ["own wait", "own"], ["told to wait", "told"],
  ["auth", "auth"], ["failed", "failure"], ["rest", "rest"],
];
const classes = new Map(meanings);

const inks = {
  network: () => s("path", { class: "ink", d: "M0 8L8 0" }),
  server: () => null,
  own: () => s("circle", { class: "dot", cx: 4, cy: 4, r: 1.6 }),
  told: () => s("path", { class: "ink", d: "M0 4H8" }),
  auth: () => s("path", { class: "ink", d: "M4 0V8" }),
  failure: () => s("path", { class: "ink", d: "M0 0L8 8M8 0L0 8" }),
  rest: () => s("path", { class: "ink", d: "M0 0L8 8" }),
};

// Once for the document; every picture uses them.
export function patterns() {
  return s("svg", { width: 0, height: 0, "aria-hidden": "true", class: "patterns", focusable: "false" },
    s("defs", {}, [...classes.values()].map((name) =>
      s("pattern", { id: `p-${name}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
        s("rect", { width: 8, height: 8, class: `c-${name}` }), inks[name]()))));
}

const paint = (meaning) => `url(#p-${classes.get(meaning) ?? "rest"})`;

// What a call's time was spent on, in one line.
export function bar(call) {
  const parts = meanings.filter(([name]) => call.shares[name]);
  const whole = parts.reduce((sum, [name]) => sum + call.shares[name], 0) || 1;
  const words = parts.map(([name]) => `${name} ${ms(call.shares[name])}`).join(", ") || "no time";
  let at = 0;
  return s("svg", { class: "bar", viewBox: "0 0 220 12", preserveAspectRatio: "none", role: "img", "aria-label": words },
    s("title", {}, words),
    parts.map(([name]) => {
      const width = (call.shares[name] / whole) * 220;
      const rect = s("rect", { x: at, y: 0, width: Math.max(width, 1), height: 12, fill: paint(name) });
      at += width;
      return rect;
    }));
}

export function legend() {
  return h("ul", { class: "legend", "aria-label": "What the colours mean" }, meanings.map(([name]) =>
    h("li", {}, s("svg", { viewBox: "0 0 22 12", "aria-hidden": "true" },
      s("rect", { width: 22, height: 12, fill: paint(name) })), name)));
}

function label(row) {
  if (row.kind === "wait" || row.kind === "refused wait") return row.segments[0]?.what ?? row.kind;
  const name = row.kind === "attempt" ? `${row.number}` : `${row.number || ""} ${row.kind}`.trim();
  const came = row.status || (row.error ? `${row.outcome === "answered" ? "" : `${row.outcome}: `}${row.error}` : "");
  return `${name} ${came}`.trim();
}

const left = 215, right = 945, top = 34, high = 24;

export function picture(call) {
  const x = (at) => left + (Math.min(at, call.axis_ms) / (call.axis_ms || 1)) * (right - left);
  const height = top + call.rows.length * high + 14;
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const words = call.rows.map((row) => `${label(row)}: ${ms(row.length_ms)} ${row.note}`.trim()).join(". ");
  return s("svg", { class: "waterfall", viewBox: `0 0 960 ${height}`, role: "img", "aria-label": `${call.title}. ${words}` },
    steps.map((part) => [
      s("line", { class: "grid", x1: x(part * call.axis_ms), x2: x(part * call.axis_ms), y1: 22, y2: height - 10 }),
      s("text", { class: "dim", x: x(part * call.axis_ms), y: 15, "text-anchor": part === 1 ? "end" : part ? "middle" : "start" },
        part ? ms(part * call.axis_ms) : "0")]),
    call.rows.map((row, i) => {
      const y = top + i * high;
      const end = x(row.start_ms + row.length_ms);
      return s("g", {}, s("title", {}, `${label(row)}, ${ms(row.length_ms)}${row.note && `, ${row.note}`}`),
        s("text", { x: 10, y: y + 13, class: row.failed ? "lost" : null }, label(row).slice(0, 27)),
        row.kind === "refused wait"
          ? s("rect", { class: "refused", x: x(row.start_ms), y: y + 1, width: Math.max(end - x(row.start_ms), 2), height: 14 })
          : row.segments.map((one) => s("rect", { x: x(one.start_ms), y, height: 16, fill: paint(one.meaning),
              width: Math.max(x(one.start_ms + one.length_ms) - x(one.start_ms), 1.5) },
              s("title", {}, `${one.what} ${ms(one.length_ms)}`))),
        row.note && s("text", { class: "dim", x: Math.min(end + 6, 700), y: y + 13 }, row.note.slice(0, 36)));
    }),
    call.deadline_ms !== null && call.deadline_ms <= call.axis_ms &&
      s("line", { class: "deadline", x1: x(call.deadline_ms), x2: x(call.deadline_ms), y1: 20, y2: height - 8 }));
}
