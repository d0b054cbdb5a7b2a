import { get } from "./api.js";
import { badge, bytes, choice, copy, empty, field, h, ms, table, when } from "./dom.js";
import { bar, legend, picture } from "./waterfall.js";

const results = { ok: ["ok", "ok"], refused: ["warn", "refused"], failed: ["bad", "failed"] };

export function callRows(list, tools) {
  return table("Calls", ["Call", "When", "Result", { name: "Attempts", num: true }, { name: "Time", num: true }, "Spent on"], list.map((one) => [
    h("a", { href: tools.link("call", one.number), "data-row": true, "data-key": `call-${one.number}` }, `${one.provider} ${one.method} ${one.url_template}`),
    when(one.at), [badge(...results[one.result]), ` ${one.error ?? one.status}`], one.attempts, ms(one.elapsed_ms), bar(one)]));
}

const filter = { provider: "", result: "", slow: "", text: "" };
let paused = false;
let missed = 0;
let kept = [];

const fits = (one) => (!filter.provider || one.provider === filter.provider) && (!filter.result || one.result === filter.result) &&
  (!filter.slow || one.elapsed_ms >= Number(filter.slow)) && (!filter.text || `${one.method} ${one.url_template} ${one.operation} ${one.id}`.toLowerCase().includes(filter.text.toLowerCase()));

function list(tools) {
  const found = kept.filter(fits);
  if (kept.length === 0) return empty("No call was made yet. The first check makes some:", "apilab radar serve");
  return found.length ? callRows(found.slice(0, 100), tools) : empty("No call fits the filter.");
}

export const calls = {
  title: "Calls",
  load: async () => {
    const data = await get("calls", { limit: 500 });
    if (!paused) kept = data.calls;
    return data;
  },
  // The page hears of each; where it is paused it says how many it did not show.
  heard(one) {
    if (paused) {
      missed += 1;
      const said = document.getElementById("missed");
      if (said) said.textContent = `${missed} since`;
      return true;
    }
    return false;
  },
  draw(data, place, tools) {
    const shown = h("div", { id: "calls" }, list(tools));
    const again = () => shown.replaceChildren(list(tools));
    const set = (name) => (value) => {
      filter[name] = value;
      again();
    };
    const providers = [...new Set(kept.map((one) => one.provider))].sort();
    const text = h("input", { id: "f-text", type: "search", value: filter.text, "data-filter": true, oninput: () => set("text")(text.value) });
    const slow = h("input", { id: "f-slow", type: "number", min: 0, step: 100, value: filter.slow, oninput: () => set("slow")(slow.value) });
    const pause = h("button", { type: "button", id: "pause", "aria-pressed": String(paused), onclick: () => {
      paused = !paused;
      missed = 0;
      tools.refresh();
    } }, paused ? "Go on" : "Pause");
    return [
      h("div", { class: "row", role: "group", "aria-label": "Filters" },
        field("Provider", choice([["", "all"], ...providers.map((one) => [one, one])], filter.provider, set("provider"))),
        field("Result", choice([["", "all"], ["ok", "ok"], ["refused", "refused"], ["failed", "failed"]], filter.result, set("result"))),
        field("Slower than (ms)", slow), field("Text", text), pause, h("span", { id: "missed", class: "dim" }, paused ? "paused" : "")),
      h("p", { class: "dim" }, `The latest ${data.kept} calls are kept, in memory.`), legend(), shown];
  },
};

function fields(title, list) {
  return [h("h3", {}, title), list.length ? table(title, ["Field", "Value"], list.map(([name, value]) => [h("code", {}, name), h("code", {}, value)])) : h("p", { class: "dim" }, "none")];
}

function body(title, text, size) {
  if (size === 0) return null;
  return text ? [h("h3", {}, `${title}, ${bytes(size)}`), h("pre", { tabindex: 0, "aria-label": title }, text)] : h("p", { class: "dim" }, `${title}: ${bytes(size)}, not shown`);
}

function exchange(one, i, tools) {
  return h("details", { "data-key": `exchange-${i}` },
    h("summary", { "data-row": true, "data-key": `summary-${i}` }, `${one.method} ${one.url}`),
    h("h3", {}, "Again, by hand"), h("pre", { tabindex: 0, "aria-label": "curl" }, one.curl),
    h("p", {}, h("button", { type: "button", onclick: async () => {
      await copy(one.curl);
      tools.say("The command is copied; what was hidden is a variable in it.");
    } }, "Copy as curl")),
    fields("Request", one.request_headers), body("Request body", one.request_body, one.request_body_size),
    one.answered ? [fields("Answer", one.response_headers), body("Answer body", one.response_body, one.response_body_size)] : h("p", {}, "No whole answer came."));
}

export const call = {
  title: "Call",
  follows: false,
  load: (place) => get(`calls/${encodeURIComponent(place.arg)}`),
  heading: (data) => data.title,
  draw: (data, place, tools) => [
    h("p", {}, badge(...results[data.result]), ` ${data.error ?? data.status} in ${ms(data.elapsed_ms)}, ${data.attempts} attempts, `, when(data.at),
      h("span", { class: "dim" }, `, ${data.provider} ${data.operation}, ${data.id}`)),
    h("div", { class: "wide" }, picture(data)), legend(),
    h("h2", {}, "Why it went like this"), h("ol", {}, data.why.map((one) => h("li", {}, one))),
    h("p", { class: "row" }, h("a", { href: `/api/calls/${data.number}/har`, download: `call-${data.number}.har`, "data-row": true }, "Download as HAR"),
      h("button", { type: "button", onclick: () => history.back() }, "Back")),
    h("details", { "data-key": "rows" }, h("summary", { "data-row": true }, "The picture as a table"),
      table("Rows of the picture", ["Row", "From", "For", "What came", "Note"], data.rows.map((row) =>
        [`${row.kind}${row.number ? ` ${row.number}` : ""}`, ms(row.start_ms), ms(row.length_ms), row.error ?? (row.status || ""), row.note]))),
    h("h2", {}, "What was said"),
    data.exchanges.length ? [h("p", { class: "dim" }, "Credentials are hidden, bodies are cut."), data.exchanges.map((one, i) => exchange(one, i, tools))]
      : empty("Nobody kept what was said in this call; the record is all there is.")],
};
