import { get } from "./api.js";
import { badge, empty, h, span, table, when } from "./dom.js";

function gauge(left, whole, label) {
  if (left === null || !whole) return h("span", { class: "dim" }, "not announced");
  return [h("meter", { class: "gauge", min: 0, max: whole, low: whole * 0.2, optimum: whole, value: left, "aria-label": label }), ` ${left} of ${Math.round(whole)}`];
}

export const limits = {
  title: "Limits",
  load: () => get("limits"),
  draw: (data) => data.limits.length === 0 ? [empty("No quota is known yet: it is learnt from answers, and calls make those.", "apilab radar serve")] : [
    h("p", { class: "dim" }, "What is left of each quota before calls wait."),
    table("Limits", ["Bucket", "Announced", "Our own", "Starts anew", { name: "Wait", num: true }, { name: "Under way", num: true }, "State"], data.limits.map((one) => {
      const name = `${one.provider || one.origin}${one.bucket && ` ${one.bucket}`}`;
      const level = one.frozen_ms > 0 ? ["bad", `told to wait ${span(one.frozen_ms)}`] : one.waiting > 0 || one.remaining === 0 ? ["warn", "calls wait"] : ["ok", "room"];
      return [h("b", {}, name), gauge(one.remaining, one.limit, `left of ${name}`), one.quota ? [one.quota, one.free !== null && `, ${one.free} free`] : "none",
        one.reset_ms === null ? "-" : `in ${span(one.reset_ms)}`, one.waiting, one.under_way, badge(...level)];
    }))],
};

export const breakers = {
  title: "Breakers",
  load: () => get("breakers"),
  draw: (data) => data.breakers.length === 0 ? [empty("Nobody is cut off, and nobody was called yet.", "apilab radar serve")] : [
    h("p", { class: "dim" }, "An open breaker leaves an origin alone that fails, and lets one call try from time to time."),
    table("Breakers", ["Who", "State", "Why", "Next try", { name: "Failed", num: true }, { name: "Calls", num: true }], data.breakers.map((one) => {
      const level = { closed: ["ok", "closed"], open: ["bad", "open"], half_open: ["warn", "half open"] }[one.state] ?? ["warn", one.state];
      return [h("b", {}, `${one.provider || one.origin}${one.operation && ` ${one.operation}`}`), badge(...level), one.reason || "-", one.probe_ms > 0 ? `in ${span(one.probe_ms)}` : "-", one.failures, one.calls];
    }))],
};

const credentialStates = { set: ["ok", "set"], none: ["note", "none"], good: ["ok", "good"], needs_consent: ["bad", "a person has to consent again"], misconfigured: ["bad", "refused: misconfigured"] };

export const tokens = {
  title: "Tokens",
  load: () => get("tokens"),
  draw: (data) => [
    h("p", { class: "dim" }, "Fingerprints tell two secrets apart; the secrets themselves are nowhere here."),
    data.tokens.length ? table("Credentials", ["Of", "Kind", "State", "Ends", "Fingerprint", "Worked last", "Refused last", "To know"], data.tokens.map((one) =>
      [h("b", {}, one.name), one.kind, [badge(...(credentialStates[one.state] ?? ["warn", one.state])), one.renewing && " being renewed"],
        one.left_ms === undefined ? "-" : one.left_ms === null ? "not said" : `in ${span(one.left_ms)}`, h("code", {}, one.fingerprint || "-"), when(one.last_good), when(one.last_refused), one.note]))
      : empty("No credential is set. What can be set, and where:", "apilab radar config explain")],
};

export const drift = {
  title: "Drift",
  load: () => get("drift"),
  draw: (data) => data.drift.length === 0 ? [empty(data.counted ? "No answer has differed from what its model says." : "Nobody counts drift in this radar. By hand:", data.counted ? undefined : "apilab drift check")] : [
    h("p", { class: "dim" }, "Where the providers' answers are not what our models say; since the radar started."),
    table("Drift", ["Operation", "Place", "What", { name: "Times", num: true }, { name: "Answers", num: true }, "Level"], data.drift.map((one) =>
      [one.operation, h("code", {}, one.pattern), one.kind.replaceAll("_", " "), one.count, one.documents, badge(one.level === "note" ? "note" : "bad", one.level === "note" ? "harmless" : "breaks")]))],
};

export const audit = {
  title: "Audit",
  load: (place) => get("audit", { after: place.query.after ?? "", limit: 50 }),
  draw: (data, place, tools) => data.entries.length === 0 ? [empty("Nobody has done anything here yet: what people do on these pages is written down here.")] : [
    table("Audit log", ["When", "Who", "What", "About", "Came of it"], data.entries.map((one) => [when(one.at), `${one.by} ${one.peer}${one.session && ` (${one.session})`}`, one.action, one.target, one.result])),
    data.more && h("p", {}, h("a", { href: tools.link("audit", "", { after: data.entries.at(-1).key }), "data-row": true }, "Older ones"))],
};
