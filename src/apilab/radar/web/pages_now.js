import { get } from "./api.js";
import { badge, empty, h, ms, table, when } from "./dom.js";
import { callRows } from "./pages_calls.js";
import { legend } from "./waterfall.js";

const levels = { bad: ["bad", "look"], warn: ["warn", "note"] };

function alerts(list, tools) {
  if (list.length === 0) return h("p", {}, badge("ok", "nothing needs you"));
  return h("ul", { class: "plain", "aria-label": "Alerts" }, list.map((one) =>
    h("li", {}, badge(...levels[one.level]), " ", h("a", { href: tools.link(one.page), "data-row": true, "data-key": `alert-${one.text}` }, one.text))));
}

function provider(one) {
  const share = one.calls ? (100 * one.ok) / one.calls : 0;
  const level = one.failed + one.refused === 0 ? "ok" : share >= 90 ? "warn" : "bad";
  return h("li", { class: "card" }, h("h3", {}, one.name), h("p", {}, badge(level, `${share.toFixed(share === 100 ? 0 : 1)} % ok`)),
    h("p", { class: "dim" }, `${one.calls} calls, ${(one.attempts / (one.calls || 1)).toFixed(2)} attempts each`, h("br"),
      `p50 ${ms(one.p50_ms)}, p99 ${ms(one.p99_ms)}`, h("br"), `told to slow down: ${one.throttled}`, h("br"),
      "last good: ", when(one.last_ok), one.last_trouble && [h("br"), `last trouble: ${one.last_trouble}`]));
}

function watch(one, tools) {
  const run = one.run;
  const level = !run ? "note" : run.error ? "bad" : run.complete ? "ok" : "warn";
  const words = !run ? "not checked yet" : run.error ? "failed" : run.complete ? "every source answered" : "without every source";
  const button = h("button", { type: "button", "data-key": `check-${one.name}`, onclick: () => tools.act("check", { watch: one.name }, button) }, "Check now");
  return [h("a", { href: tools.link("decisions", "", { watch: one.name }), "data-row": true, "data-key": `watch-${one.name}` }, one.name), h("code", {}, one.where),
    [badge(level, words), run?.error && [" ", run.error]], run ? when(run.finished) : "never", run?.why ?? "", button];
}

function tiles(data) {
  if (!data.jobs) return null;
  const tile = (name, number, words) => h("li", { class: "card" }, h("h3", {}, name), h("p", { class: "big" }, String(number)), h("p", { class: "dim" }, words));
  return h("ul", { class: "cards", "aria-label": "Work" },
    tile("Webhooks", data.inbox.requests, `${data.inbox.stored} stored, ${data.inbox.duplicates} came again, ${data.inbox.unverified} not genuine, ${data.inbox.shed} told to come later`),
    tile("Jobs that wait", data.jobs.available, `${data.jobs.running} running, ${data.jobs.done} done, ${data.jobs.dead} dead`),
    tile("Effects under way", data.outbox.open, `${data.outbox.applied} applied, ${data.outbox.reconciled} found by a look, ${data.outbox.escalated} for a person`),
    tile("Quarantine", data.quarantined, "genuine and yet not believed"));
}

export const nowPage = {
  title: "Now",
  load: () => get("now"),
  draw: (data, place, tools) => [
    h("p", { class: "dim" }, `The radar is ${data.phase}`, data.disk_free >= 0 && `, ${Math.round(data.disk_free / 1048576)} MiB of the disk left`),
    h("h2", {}, "What needs you"), alerts(data.alerts, tools),
    h("h2", {}, "Watched projects"),
    (data.watches ?? []).length ? table("Watched projects", ["Project", "Where", "State", "Checked", "Why", "Action"], data.watches.map((one) => watch(one, tools)))
      : empty("Nothing is watched yet. Name a [[watch]] in radar.toml, then", "apilab radar serve --config radar.toml"),
    h("h2", {}, "Providers"),
    data.providers.length ? h("ul", { class: "cards", "aria-label": "Providers" }, data.providers.map(provider))
      : empty("No call was made yet. The first check makes some: Check now above, or", "apilab radar serve"),
    h("h2", {}, "Work"), tiles(data),
    h("h2", {}, "Last calls"), data.calls.length ? [legend(), callRows(data.calls, tools)] : empty("None yet."),
    h("h2", {}, "Schedules"),
    (data.schedules ?? []).length ? table("Schedules", ["Name", "When", "Next", "Last"], data.schedules.map((one) =>
      [one.name, h("code", {}, one.spec), one.paused ? badge("warn", "paused") : when(one.next), when(one.last)])) : empty("None."),
  ],
};
