import { get } from "./api.js";
import { badge, bytes, choice, empty, field, h, table, when } from "./dom.js";

const jobStates = { available: ["note", "waits"], running: ["note", "runs"], done: ["ok", "done"], dead: ["bad", "dead letter"], gone: ["note", "done, removed"] };
const messageStates = { pending: "note", sending: "note", unknown: "warn", applied: "ok", reconciled: "ok", duplicated: "bad", escalated: "bad", failed: "bad" };
const tabs = [["events", "Events"], ["dead", "Dead letters"], ["quarantine", "Quarantine"], ["outbox", "Effects"], ["queue", "Queue"]];
const chosen = new Set();

function events(data, tools) {
  if (data.events.length === 0) return empty("No webhook has come yet. Point a sender at /webhooks/github, or send one by hand:", "apilab hook trigger github push --to URL");
  return table("Events", ["Event", "Came", { name: "Times", num: true }, "Size", "Became"], data.events.map((one) => [
    one.job && one.job_state !== "gone" ? h("a", { href: tools.link("job", one.job), "data-row": true, "data-key": `event-${one.id}` }, `${one.source} ${one.type}`) : `${one.source} ${one.type}`,
    when(one.received), one.deliveries, bytes(one.body_size), [badge(...jobStates[one.job_state]), one.reason && ` ${one.reason}`]]));
}

function dead(data, tools) {
  if (data.jobs.length === 0) return empty("No dead letters: what came was done, or is tried again by itself. They are also listed by", "apilab radar jobs --state dead");
  for (const id of [...chosen]) if (!data.jobs.some((one) => one.id === id)) chosen.delete(id);
  const pace = choice([["0", "at once"], ["1000", "one a second"], ["10000", "one in 10 seconds"]], "1000");
  pace.id = "pace";
  pace.dataset.keep = "";
  const some = h("button", { type: "button", id: "redeliver-chosen", disabled: chosen.size === 0, onclick: () => tools.act("redeliver", { jobs: [...chosen], pace_ms: Number(pace.value) }, some) }, `Run the chosen again (${chosen.size})`);
  const all = h("button", { type: "button", id: "redeliver-all", onclick: async () => {
    if (await tools.confirm("All dead letters", "Every dead letter runs again, at the chosen pace, under its old key.", "Run all again")) {
      tools.act("redeliver", { all: true, pace_ms: Number(pace.value) }, all);
    }
  } }, "Run all again");
  const rows = data.jobs.map((one) => {
    const box = h("input", { type: "checkbox", "aria-label": `Choose job ${one.id}`, checked: chosen.has(one.id), "data-key": `choose-${one.id}`, onchange: () => {
      if (box.checked) chosen.add(one.id);
      else chosen.delete(one.id);
      some.disabled = chosen.size === 0;
      some.textContent = `Run the chosen again (${chosen.size})`;
    } });
    const again = h("button", { type: "button", "aria-label": `Run job ${one.id} again`, "data-key": `again-${one.id}`, onclick: () => tools.act("redeliver", { jobs: [one.id], pace_ms: 0 }, again) }, "Run again");
    return [box, h("a", { href: tools.link("job", one.id), "data-row": true, "data-key": `job-${one.id}` }, `${one.kind} ${one.type || ""} #${one.id}`), one.reason, `${one.attempt} of ${one.attempts_max}`, when(one.finished), again];
  });
  return [h("div", { class: "row" }, field("Pace", pace), some, all), table("Dead letters", ["Choose", "Job", "Why it was given up", "Attempts", "When", "Action"], rows)];
}

function quarantine(data, tools) {
  if (data.quarantine.length === 0) return empty("The quarantine is empty: nothing genuine came that could not be believed. How it fills:", "apilab explain hooks");
  return table("Quarantine", ["Event", "Why", "Came", "Size", "Action"], data.quarantine.map((one) => {
    const does = (what, text, question) => {
      const button = h("button", { type: "button", class: "danger", "data-row": what === "release" && true, "data-key": `${what}-${one.id}`, onclick: async () => {
        if (await tools.confirm(`${text}: ${one.source} ${one.sender_id}`, question, text)) tools.act("quarantine", { id: one.id, do: what }, button);
      } }, text);
      return button;
    };
    return [`${one.source} ${one.type} ${one.sender_id}`, one.why, when(one.received), bytes(one.body_size),
      [does("release", "Believe it", "It runs under a key of its own: its effects may happen a second time."), " ", does("discard", "Throw away", "It cannot be had back.")]];
  }));
}

function effect(one, tools) {
  const say = (as, text, question) => {
    const button = h("button", { type: "button", "data-key": `${as}-${one.id}`, onclick: async () => {
      if (await tools.confirm(`${one.target}: ${one.key}`, question, text)) tools.act("resolve", { message: one.id, as }, button);
    } }, text);
    return button;
  };
  const open = ["escalated", "failed", "duplicated"].includes(one.state);
  return h("details", { "data-key": `effect-${one.id}` },
    h("summary", { "data-row": true, "data-key": `effect-summary-${one.id}` }, badge(messageStates[one.state], one.state), ` ${one.target}: ${one.key}`),
    h("p", {}, `${one.sends} sends, ${one.look_ups} looks, made `, when(one.created), one.unknown_since && [", unknown since ", when(one.unknown_since)], one.external_id && `, there as ${one.external_id}`,
      one.job > 0 && [", by ", h("a", { href: tools.link("job", one.job) }, `job ${one.job}`)]),
    one.reason && h("p", {}, one.reason),
    open && h("div", { class: "row", role: "group", "aria-label": `What is with ${one.key}` }, say("applied", "It is there", "It counts as applied."),
      one.state !== "duplicated" && say("send_again", "Send again", "If it is there after all, it happens twice."), say("drop", "Give it up", "It is not sent any more.")),
    one.payload && [h("h3", {}, "What it says"), h("pre", { tabindex: 0, "aria-label": "payload" }, one.payload)]);
}

function outbox(data, place, tools) {
  const show = choice([["", "all"], ...Object.keys(messageStates).map((one) => [one, one])], place.query.state ?? "", (state) => tools.go("inbox", "outbox", { state }));
  const c = data.counts;
  return [h("p", {}, `${c.applied} applied, ${c.reconciled} found by a look, ${c.duplicated} twice, ${c.escalated} for a person, ${c.failed} refused, ${c.open} under way.`),
    h("div", { class: "row" }, field("State", show)),
    data.messages.length ? data.messages.map((one) => effect(one, tools)) : empty("No effect on anybody else. Name a sink ([slack], [notion], [gmail]) in radar.toml, and see", "apilab radar config explain")];
}

function queue(data, tools) {
  const reason = h("input", { id: "reason", type: "text", maxlength: 200, "data-keep": true });
  const pause = h("button", { type: "button", id: "pause-queue", onclick: () => reason.value ? tools.act("queue", { queue: "radar", pause: true, reason: reason.value }, pause) : tools.say("Say why first.") }, "Pause the queue");
  return [h("p", {}, `${data.counts.available} wait, ${data.counts.running} run, ${data.counts.done} done, ${data.counts.dead} dead. `, data.counts.oldest_due && ["The oldest is due ", when(data.counts.oldest_due), "."]),
    data.paused.length ? h("ul", { class: "plain" }, data.paused.map((one) => {
      const button = h("button", { type: "button", "data-row": true, "data-key": `resume-${one.queue}`, onclick: () => tools.act("queue", { queue: one.queue, pause: false }, button) }, "Go on");
      return h("li", {}, badge("warn", "paused"), ` ${one.queue}: ${one.reason}, since `, when(one.since), " ", button);
    })) : h("div", { class: "row" }, field("Why", reason), pause),
    h("p", { class: "dim" }, "What runs goes on; nothing new begins. Webhooks are stored all the same."),
    data.jobs.length ? table("Jobs", ["Job", "State", "Due", "Attempts"], data.jobs.map((one) =>
      [h("a", { href: tools.link("job", one.id), "data-row": true, "data-key": `job-${one.id}` }, `${one.kind} ${one.type || ""} #${one.id}`), badge(...jobStates[one.state]), when(one.due), `${one.attempt} of ${one.attempts_max}`]))
      : empty("No job yet. A schedule makes some, a webhook does, and so does Check now on the page Now.")];
}

const loads = {
  events: () => get("events", { limit: 50 }),
  dead: () => get("jobs", { state: "dead", limit: 100 }),
  quarantine: () => get("quarantine"),
  outbox: (place) => get("outbox", { state: place.query.state ?? "", limit: 100 }),
  queue: () => get("jobs", { limit: 50 }),
};
const draws = { events, dead, quarantine, queue };

export const inbox = {
  title: "Inbox",
  load: (place) => (loads[place.arg] ?? loads.events)(place),
  draw(data, place, tools) {
    const tab = loads[place.arg] ? place.arg : "events";
    return [h("nav", { class: "tabs", "aria-label": "Inbox" }, tabs.map(([key, text]) => h("a", { href: tools.link("inbox", key), "aria-current": key === tab && "true", "data-key": `tab-${key}` }, text))),
      tab === "outbox" ? outbox(data, place, tools) : draws[tab](data, tools)];
  },
};

export const job = {
  title: "Job",
  load: (place) => get(`jobs/${encodeURIComponent(place.arg)}`),
  heading: (data) => `${data.kind} ${data.type} #${data.id}`,
  draw(data, place, tools) {
    const again = h("button", { type: "button", "data-key": "again", onclick: () => tools.act("redeliver", { jobs: [data.id], pace_ms: 0 }, again) }, "Run again");
    return [h("p", {}, badge(...jobStates[data.state]), ` in ${data.queue}, due `, when(data.due), data.source && `, from ${data.source}`, data.order_key && `, in order of ${data.order_key}`,
      data.redrives > 0 && `, run again ${data.redrives} times`, data.coalesced > 0 && `, ${data.coalesced} came into it`),
      data.reason && h("p", {}, data.reason), h("p", { class: "row" }, data.state === "dead" && again, h("button", { type: "button", onclick: () => history.back() }, "Back")),
      h("h2", {}, "Attempts"), data.attempts.length ? table("Attempts", ["Attempt", "By", "Began", "Ended", "Outcome", "Why"], data.attempts.map((one) =>
        [one.attempt, one.worker, when(one.started), when(one.ended), one.outcome, one.reason])) : empty("None yet."),
      h("h2", {}, `What it is about, ${bytes(data.payload_size)}`), data.payload ? h("pre", { tabindex: 0, "aria-label": "payload" }, data.payload) : empty("Nothing that can be shown.")];
  },
};
