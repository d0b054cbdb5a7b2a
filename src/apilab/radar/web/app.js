// Shell of the dashboard: which page, which keys, what is heard.
import { ApiError, act, enter, get, leave, session } from "./api.js";
import { h } from "./dom.js";
import { Live } from "./live.js";
import { audit, breakers, drift, limits, tokens } from "./pages_upkeep.js";
import { call, calls } from "./pages_calls.js";
import { decisions } from "./pages_decisions.js";
import { inbox, job } from "./pages_inbox.js";
import { nowPage } from "./pages_now.js";
import { patterns } from "./waterfall.js";

const pages = { now: nowPage, decisions, calls, limits, breakers, tokens, inbox, drift, audit, call, job };
const shown = ["now", "decisions", "calls", "limits", "breakers", "tokens", "inbox", "drift", "audit"];
const $ = (id) => document.getElementById(id);
const main = $("main");

let place = { page: "now", arg: "", query: {} };
let turn = 0;
let lastRefresh = 0;
let waiting = null;

function read(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [page, ...rest] = path.split("/");
  return { page: pages[page] ? page : "now", arg: decodeURIComponent(rest.join("/")), query: Object.fromEntries(new URLSearchParams(query)) };
}

export const link = (page, arg = "", query = {}) => {
  const text = new URLSearchParams(query).toString();
  return `#/${page}${arg === "" ? "" : `/${encodeURIComponent(arg)}`}${text && "?"}${text}`;
};

function say(text) {
  $("said").textContent = "";
  $("said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => ($("said").textContent = ""), 8000);
}

// What a page may do besides drawing itself.
const tools = {
  say,
  link,
  refresh: () => show({ quiet: true }),
  go: (page, arg, query) => (location.hash = link(page, arg, query)),
  // Does it, says what came of it, and shows what is there now.
  async act(name, body, button) {
    if (button) button.disabled = true;
    try {
      const { done } = await act(name, body);
      say(done);
      await show({ quiet: true });
    } catch (error) {
      say(`Not done: ${error.message}. ${error.remedy ?? ""}`);
    } finally {
      if (button) button.disabled = false;
    }
  },
  confirm: (title, text, word) => ask(title, [h("p", {}, text)], [[word, "yes", "danger"], ["Leave it", ""]]).then((answer) => answer === "yes"),
};

function ask(title, content, buttons) {
  const dialog = $("dialog");
  dialog.replaceChildren(h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), content,
    h("p", { class: "row" }, buttons.map(([text, value, kind], i) =>
      h("button", { value, class: kind, autofocus: i === buttons.length - 1 }, text)))));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

function failed(error) {
  return h("div", { class: "failed", role: "alert" }, h("p", {}, h("b", {}, error.message)), h("p", {}, error.remedy ?? ""),
    h("p", {}, h("button", { type: "button", onclick: () => show({}) }, "Try again")));
}

// Where the keyboard stood is where it stands again, also where the list was drawn anew.
function keepFocus(draw) {
  const key = document.activeElement?.dataset?.key ?? document.activeElement?.id;
  const values = [...main.querySelectorAll("input[id], select[id]")].map((one) => [one.id, one.value, one.checked]);
  const opened = new Set([...main.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key));
  draw();
  for (const one of main.querySelectorAll("details[data-key]")) if (opened.has(one.dataset.key)) one.open = true;
  for (const [id, value, checked] of values) {
    const one = $(id);
    if (one && one.dataset.keep !== undefined) {
      if (one.type === "checkbox") one.checked = checked;
      else one.value = value;
    }
  }
  if (key) (main.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? $(key))?.focus({ preventScroll: true });
}

async function show({ quiet }) {
  const mine = ++turn;
  const page = pages[place.page];
  lastRefresh = Date.now();
  if (!quiet) {
    document.title = `${page.title} - Radar`;
    main.replaceChildren(h("h1", {}, page.title), h("p", { class: "busy" }, `Loading ${page.title.toLowerCase()}`));
  }
  main.setAttribute("aria-busy", "true");
  try {
    const data = await page.load(place);
    if (mine !== turn) return;
    keepFocus(() => main.replaceChildren(h("h1", {}, page.heading?.(data, place) ?? page.title), ...page.draw(data, place, tools).flat(Infinity).filter(Boolean)));
  } catch (error) {
    if (mine !== turn) return;
    if (error.status === 401) return void login(error);
    if (!(error instanceof ApiError)) throw error;
    if (!quiet) main.replaceChildren(h("h1", {}, page.title), failed(error));
    else say(`Not refreshed: ${error.message}`);
  } finally {
    if (mine === turn) main.removeAttribute("aria-busy");
  }
}

function route() {
  place = read(location.hash);
  const current = { call: "calls", job: "inbox" }[place.page] ?? place.page;
  for (const one of $("nav").children) {
    if (one.dataset.page === current) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  // Of who has just come, the keyboard begins at the top.
  const first = turn === 0;
  show({}).then(() => first || main.focus({ preventScroll: true }));
}

function login(error) {
  const input = h("input", { type: "password", id: "token", autocomplete: "off", required: true });
  const form = h("form", { class: "row", onsubmit: async (event) => {
    event.preventDefault();
    try {
      begin(await enter(input.value));
    } catch (wrong) {
      say(`${wrong.message}. ${wrong.remedy}`);
      input.select();
    }
  } }, h("label", { for: "token" }, "Token of the dashboard"), input, h("button", {}, "Open"));
  main.replaceChildren(h("h1", {}, "Who is it?"), h("p", {}, error.message, ". ", error.remedy), form);
  $("live").textContent = "not let in yet";
  input.focus();
}

const live = new Live({
  event(name, data) {
    if (name === "action") say(`${data.action}: ${data.target}: ${data.result}`);
    if (name === "call" && pages[place.page].heard?.(data, tools)) return;
    // Many at once are one look.
    if (waiting === null) {
      waiting = setTimeout(() => {
        waiting = null;
        if (pages[place.page].follows !== false || name === "reset") show({ quiet: true });
      }, name === "call" ? 1500 : 100);
    }
  },
  state(state, since) {
    $("live").textContent = state === "live" ? "● live" : state === "lost" ? "✖ not live" : "connecting";
    $("stale").hidden = state !== "lost";
    if (state === "lost") {
      $("stale").textContent = `The connection is lost since ${since?.toLocaleTimeString() ?? "just now"}: what is shown may be out of date. It is tried again by itself.`;
    }
  },
});

function begin(known) {
  $("simulated").hidden = !known.simulated;
  live.begin();
  route();
}

// --- keys

const digits = Object.fromEntries(shown.map((page, i) => [String(i + 1), page]));
const keysOn = () => localStorage.getItem("keys") !== "off";

function step(by) {
  const rows = [...main.querySelectorAll("[data-row]")].filter((one) => one.offsetParent !== null);
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function help() {
  const rows = [["j k", "next, previous row"], ["Enter", "open it"], ["Esc", "back, close"], ["/", "filter"], ["r", "load again"],
    ["1 to 9", shown.map((page) => pages[page].title).join(", ")], ["?", "these keys"]];
  const box = h("input", { type: "checkbox", id: "keys", checked: keysOn(), onchange: () => localStorage.setItem("keys", box.checked ? "on" : "off") });
  ask("Keys", [h("table", {}, h("tbody", {}, rows.map(([keys, what]) => h("tr", {}, h("th", { scope: "row" }, keys.split(" ").map((one) =>
    one === "to" ? " to " : [h("kbd", {}, one), " "])), h("td", {}, what))))),
    h("p", {}, box, " ", h("label", { for: "keys" }, "single keys are on"))], [["Close", ""]]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "Escape") {
    if (typing) {
      // What Escape empties by itself tells nobody.
      if (event.target.type === "search" && event.target.value) {
        event.target.value = "";
        event.target.dispatchEvent(new Event("input"));
      }
      event.target.blur();
    }
    else if (place.page === "call" || place.page === "job") history.back();
    else document.activeElement?.closest?.("details[open]")?.removeAttribute("open");
    return;
  }
  if (typing || !keysOn()) return;
  const acts = { j: () => step(1), k: () => step(-1), "?": help, r: () => show({ quiet: true }), "/": () => main.querySelector("[data-filter]")?.focus() };
  const one = acts[event.key] ?? (digits[event.key] && (() => tools.go(digits[event.key])));
  if (one) {
    event.preventDefault();
    one();
  }
});

// --- begin

function theme(value) {
  document.documentElement.dataset.theme = value;
  $("theme").value = value;
}
theme(localStorage.getItem("theme") ?? "auto");
$("theme").addEventListener("change", () => {
  localStorage.setItem("theme", $("theme").value);
  theme($("theme").value);
});
$("help").addEventListener("click", help);
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
$("nav").append(...shown.map((page) => h("a", { href: link(page), "data-page": page }, pages[page].title)));
document.body.append(patterns());
addEventListener("hashchange", route);
// What nobody tells of (a schedule, a job that runs) is looked at now and then.
setInterval(() => {
  if (!document.hidden && live.state === "live" && pages[place.page].follows !== false && Date.now() - lastRefresh > 10_000) show({ quiet: true });
}, 2000);

async function start() {
  // The token comes in the fragment, which no server sees; it goes before anything else happens.
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (token) history.replaceState(null, "", "/#/now");
  try {
    begin(token ? await enter(decodeURIComponent(token)) : await session());
  } catch (error) {
    if (error.status === 401) login(error);
    else {
      $("live").textContent = "✖ not live";
      main.replaceChildren(h("h1", {}, "Radar"), h("div", { class: "failed", role: "alert" }, h("p", {}, h("b", {}, error.message)), h("p", {}, error.remedy ?? "")));
    }
  }
}
if (location.hash === "#leave") leave().catch(() => {});
start();
