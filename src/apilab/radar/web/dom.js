// What pages are made of. Text from anywhere becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const signs = { ok: "●", warn: "▲", bad: "✖", note: "○" };
// A colour with its sign: the colour alone says nothing.
export const badge = (level, text) => h("span", { class: `badge ${level}` }, `${signs[level]} ${text}`);

export function ms(value) {
  if (value < 10) return `${value.toFixed(1)} ms`;
  if (value < 1000) return `${Math.round(value)} ms`;
  return span(value);
}

export function span(value) {
  const seconds = value / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

export function bytes(value) {
  return value < 1024 ? `${value} B` : value < 1048576 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1048576).toFixed(1)} MiB`;
}

// The server's clock, as its answers say it: to a second.
let drift = 0;
export function setClock(date) {
  const apart = date ? new Date(date) - Date.now() : 0;
  drift = Math.abs(apart) < 2000 ? 0 : apart;
}
export const now = () => Date.now() + drift;

export function when(iso) {
  if (!iso) return h("span", { class: "dim" }, "never");
  const date = new Date(iso);
  const apart = now() - date;
  const words = Math.abs(apart) < 1500 ? "just now" : apart >= 0 ? `${span(apart)} ago` : `in ${span(-apart)}`;
  return h("time", { datetime: iso, title: iso }, words);
}

// A table that becomes a list of cards where there is no room. The roles stay, whatever CSS makes of it.
export function table(label, heads, rows) {
  const names = heads.map((head) => (typeof head === "string" ? head : head.name));
  const numbers = heads.map((head) => head.num);
  return h("table", { class: "fold", role: "table", "aria-label": label },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, names.map((name, i) =>
      h("th", { scope: "col", role: "columnheader", class: numbers[i] && "num" }, name)))),
    h("tbody", { role: "rowgroup" }, rows.map((cells) => h("tr", { role: "row" }, cells.map((cell, i) =>
      h("td", { role: "cell", class: numbers[i] && "num", "data-label": names[i] }, h("span", {}, cell)))))));
}

// Nothing is there: says so, and which command makes it otherwise.
export const empty = (text, command) => h("p", { class: "empty" }, text, command && [" ", h("code", {}, command)]);

export function field(label, control) {
  if (!control.id) control.id = `f-${label.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  return h("span", { class: "field" }, h("label", { for: control.id }, label), control);
}

export function choice(options, value, change) {
  const select = h("select", { onchange: () => change?.(select.value) },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  return select;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // no permission, or no secure context
    const area = h("textarea", { "aria-hidden": "true", value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
