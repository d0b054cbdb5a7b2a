import { get } from "./api.js";
import { badge, choice, copy, empty, field, h, now, table, when } from "./dom.js";

const levels = { critical: "bad", high: "bad", moderate: "warn", low: "note" };
const actions = { upgrade: ["ok", "upgrade"], decide: ["warn", "decide"], mitigate: ["bad", "mitigate"], watch: ["note", "watch"] };
const certain = { full: ["ok", "every source answered"], partial: ["warn", "a source is stale or missing"], low: ["bad", "advisories or versions were not checked"] };
const states = [["open", "open"], ["snoozed", "snoozed"], ["declined", "declined"], ["resolved", "resolved"], ["all", "all"]];
const perPage = 25;

function sources(run) {
  if (!run) return h("p", { class: "dim" }, "This project was not checked since.");
  return table("Sources", ["Source", "State", "As of", "Trouble"], run.sources.map((one) =>
    [one.name, badge({ ok: "ok", stale: "warn", failed: "bad" }[one.status] ?? "note", one.status), when(one.as_of), one.error]));
}

function quiet(item, tools) {
  const name = item.key.replaceAll(/[^a-zA-Z0-9]/g, "-");
  const date = h("input", { type: "date", id: `until-${name}`, "data-keep": true, min: new Date(now() + 86400e3).toISOString().slice(0, 10) });
  const to = (days) => new Date(now() + days * 86400e3).toISOString().replace(/\.\d+Z$/, "Z");
  const button = (text, until) => {
    const one = h("button", { type: "button", "data-key": `snooze-${text}-${item.key}`, onclick: () => {
      const value = until();
      if (value === "") return tools.say("Choose a day first.");
      tools.act("snooze", { item: item.key, until: value }, one);
    } }, text);
    return one;
  };
  return h("div", { class: "row", role: "group", "aria-label": `Quiet about ${item.package}` }, "Quiet for", button("1 day", () => to(1)), button("1 week", () => to(7)),
    field("until", date), button("Set", () => date.value && `${date.value}T00:00:00Z`),
    item.human.snooze_until && button("Not quiet any more", () => null));
}

function decision(item, data, tools) {
  if (item.state === "unreadable") return h("li", {}, badge("bad", "cannot be read"), ` ${item.key}: ${item.error}`);
  const to = item.candidate ? ` → ${item.candidate}` : "";
  return h("details", { "data-key": `item-${item.key}` },
    h("summary", { "data-row": true, "data-key": item.key }, h("b", {}, item.package), ` ${item.installed.join(", ")}${to} `, badge(...actions[item.action]), " ",
      item.level && [badge(levels[item.level], item.level), " "], item.state !== "open" && [badge("note", item.state), " "],
      h("span", { class: "dim" }, `score ${item.score}, ${item.watch}, ${item.direct ? "direct" : "transitive"}${item.dev ? ", dev" : ""}`)),
    item.command && h("div", { class: "row" }, h("code", {}, item.command), h("button", { type: "button", onclick: async () => {
      await copy(item.command);
      tools.say(`Copied: ${item.command}`);
    } }, "Copy the command")),
    h("h3", {}, "Why"), table("Points", ["Why", { name: "Points", num: true }], [...item.points.map((one) => [one.why, one.points]), [h("b", {}, "score"), h("b", {}, item.score)]]),
    item.notes.length > 0 && h("ul", {}, item.notes.map((one) => h("li", {}, one))),
    item.advisories.length > 0 && [h("h3", {}, "Advisories"), h("ul", {}, item.advisories.map((id) => h("li", {}, h("code", {}, id), item.aliases[id] && ` (${item.aliases[id].join(", ")})`)))],
    h("h3", {}, "How sure"), h("p", {}, badge(...certain[item.confidence])), sources(data.watches[item.watch]),
    h("h3", {}, "What people say"), table("People's columns", ["Decision", "Owner", "Snooze until"], [[item.human.decision || "-", item.human.owner || "-", item.human.snooze_until ? when(item.human.snooze_until) : "-"]]),
    item.state !== "resolved" && quiet(item, tools),
    h("p", { class: "dim" }, "Known since ", when(item.first_seen), ", seen last ", when(item.last_seen), item.announced ? ", Slack was told" : ", Slack was not told of this",
      `, change ${item.change}, revision ${item.revision}`));
}

export const decisions = {
  title: "Decisions",
  load: (place) => get("decisions", { show: place.query.show ?? "open", watch: place.query.watch ?? "", offset: place.query.offset ?? "0", limit: perPage }),
  draw(data, place, tools) {
    const query = { show: place.query.show ?? "open", watch: place.query.watch ?? "" };
    const go = (change) => tools.go("decisions", "", { ...query, offset: 0, ...change });
    const counts = data.counts;
    const degraded = Object.entries(data.watches).filter(([, run]) => run.error || !run.complete);
    const page = (text, offset) => h("button", { type: "button", disabled: offset < 0 || offset >= data.total, onclick: () => go({ offset }) }, text);
    return [
      h("p", {}, `${counts.open} open (${counts.actionable} to do), ${counts.snoozed} snoozed, ${counts.declined} declined, ${counts.resolved} resolved.`),
      degraded.map(([name, run]) => h("p", {}, badge("warn", "no all-clear"), ` ${name}: ${run.error || "not every source answered"}`)),
      h("div", { class: "row", role: "group", "aria-label": "Filters" },
        field("Show", choice(states, query.show, (show) => go({ show }))),
        field("Project", choice([["", "all"], ...Object.keys(data.watches).sort().map((one) => [one, one])], query.watch, (watch) => go({ watch })))),
      data.decisions.length ? data.decisions.map((item) => decision(item, data, tools))
        : Object.keys(data.watches).length ? empty(query.show === "open" && !degraded.length ? "Nothing to decide: every source answered, and nothing is open." : "Nothing here that fits.")
        : empty("Nothing was checked yet. Watch a project in radar.toml, or look once by hand:", "apilab radar check ."),
      data.total > perPage && h("p", { class: "row" }, page("Before", data.offset - perPage), `${data.offset + 1} to ${Math.min(data.offset + perPage, data.total)} of ${data.total}`, page("Next", data.offset + perPage)),
      data.more_than_ranked && h("p", {}, badge("warn", "there are more decisions than are ranked"))];
  },
};
