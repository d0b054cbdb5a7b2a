// Every page, an action of each kind, the keyboard alone, both themes, a narrow window, and what is shown when nobody
// answers.
import { check, failed, heading, launch, open, Radar } from "./world.mjs";

const pages = ["Now", "Decisions", "Calls", "Limits", "Breakers", "Tokens", "Inbox", "Drift", "Audit"];
const tabs = ["events", "dead", "quarantine", "outbox", "queue"];

// By hand what such programs ask first: a name for each control, levels of headings, one main, a language.
const barriers = () => {
  const found = [];
  const named = (one) => (one.getAttribute("aria-label") ?? "").trim() || (one.labels?.length ?? 0) > 0 || one.textContent.trim() || one.title;
  for (const one of document.querySelectorAll("button, a[href], input, select, meter, [role=img]")) {
    if (one.checkVisibility() && !named(one)) found.push(`no name: ${one.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id twice: ${id}`);
  let last = 0;
  for (const one of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!one.checkVisibility()) continue;
    const level = Number(one.tagName[1]);
    if (level > last + 1 && last > 0) found.push(`heading left out before: ${one.textContent}`);
    last = level;
  }
  if (document.querySelectorAll("main").length !== 1 || !document.documentElement.lang) found.push("main or language");
  for (const one of document.querySelectorAll("[tabindex]")) if (Number(one.getAttribute("tabindex")) > 0) found.push("an order of its own");
  return found;
};

// Of text and what is behind it, as WCAG counts it.
const contrast = () => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (color) => {
    const [r, g, b] = [...rgb(color)].slice(0, 3).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (rgb(color)[3] > 250) return color;
    }
    return "white";
  };
  const found = new Set();
  for (const one of document.querySelectorAll("p, li, td, th, h1, h2, h3, a, button, summary, .badge, code, span")) {
    if (!one.checkVisibility() || ![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || one.disabled) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.add(`${one.tagName} ${one.className} ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return [...found];
};

async function everyPage(page, radar, after) {
  await page.goto(`${radar.url}/`);
  for (const name of pages) {
    await page.locator("#nav a", { hasText: name }).click();
    await heading(page, name);
    await after(name);
  }
  for (const tab of tabs) {
    await page.goto(`${radar.url}/#/inbox/${tab}`);
    await heading(page, "Inbox");
    await page.locator(`.tabs a[aria-current="true"][href="#/inbox/${tab}"]`).waitFor();
    await after(`Inbox ${tab}`);
  }
  await page.goto(`${radar.url}/#/call/2`);
  await heading(page, "GET");
  await after("Call");
}

async function looks(browser, radar) {
  const page = await open(browser, { colorScheme: "light" });
  await everyPage(page, radar, async (name) => {
    const found = await page.evaluate(barriers);
    check(`${name}: no barrier`, found.length === 0, found.join("; "));
    const pale = await page.evaluate(contrast);
    check(`${name}: light is readable`, pale.length === 0, pale.join("; "));
  });
  check("simulated is said", await page.locator("#simulated").isVisible());
  check("what a call did is drawn", (await page.locator("svg.waterfall rect").count()) >= 5);
  check("markup from outside is text", (await page.title()).endsWith("- Radar"));
  check("nothing wrong in light", page.wrong.length === 0, page.wrong.join("; "));
  await page.context().close();

  const dark = await open(browser, { colorScheme: "dark" });
  await everyPage(dark, radar, async (name) => {
    const pale = await dark.evaluate(contrast);
    check(`${name}: dark is readable`, pale.length === 0, pale.join("; "));
  });
  const background = () => dark.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  check("dark as the system has it", (await background()) === "rgb(13, 17, 23)", await background());
  await dark.selectOption("#theme", "light");
  check("light by the switch", (await background()) === "rgb(255, 255, 255)", await background());
  await dark.reload();
  await heading(dark, "GET");
  check("and it stays", (await background()) === "rgb(255, 255, 255)");
  check("nothing wrong in dark", dark.wrong.length === 0, dark.wrong.join("; "));
  await dark.context().close();

  const narrow = await open(browser, { viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
  await everyPage(narrow, radar, async (name) => {
    await narrow.evaluate(() => document.querySelectorAll("main details").forEach((one) => (one.open = true)));
    const over = await narrow.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(`${name}: fits 360 px`, over <= 0, `${over} px too wide`);
  });
  check("nothing wrong on a narrow screen", narrow.wrong.length === 0, narrow.wrong.join("; "));
  await narrow.context().close();
}

async function acts(browser, radar) {
  const page = await open(browser);
  const said = (text) => page.locator("#said", { hasText: text }).waitFor({ timeout: 10_000 });
  await page.goto(`${radar.url}/#/inbox/dead`);
  await heading(page, "Inbox");
  const letters = await page.locator("tbody tr").count();
  check("there are dead letters with their reasons", letters === 2 && (await page.locator("td", { hasText: "HTTP 422" }).count()) === 2);
  await page.getByRole("button", { name: /^Run job \d+ again$/ }).first().click();
  await said("run again");
  await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
  check("one dead letter runs again", true);
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Run the chosen again (1)" }).click();
  await page.locator("main .empty", { hasText: "No dead letters" }).waitFor();
  check("the chosen ones run again, and the page says what an empty list means", true);

  await page.goto(`${radar.url}/#/decisions`);
  await heading(page, "Decisions");
  await page.locator("summary", { hasText: "lodash" }).click();
  check("points are itemised", await page.locator("td", { hasText: "CVSS 9.1" }).isVisible());
  check("a source that failed is shown", await page.locator("td", { hasText: "rate_limited" }).first().isVisible());
  await page.getByRole("button", { name: "Copy the command" }).first().click();
  await said("Copied: npm install lodash@4.17.21");
  await page.getByRole("group", { name: "Quiet about lodash" }).getByRole("button", { name: "1 week" }).click();
  await said("quiet until");
  await page.locator("summary", { hasText: "lodash" }).waitFor({ state: "detached" });
  await page.getByLabel("Show").selectOption("snoozed");
  await page.locator("summary", { hasText: "lodash" }).click();
  await page.getByRole("button", { name: "Not quiet any more" }).first().click();
  await said("not quiet any more");
  check("a snooze, and its end", true);

  await page.goto(`${radar.url}/#/inbox/outbox?state=escalated`);
  await page.locator("summary", { hasText: "webshop/lodash#1" }).click();
  await page.getByRole("button", { name: "It is there" }).click();
  await page.locator("dialog").getByRole("button", { name: "Leave it" }).click();
  check("a question may be left", !(await page.locator("dialog").isVisible()));
  await page.getByRole("button", { name: "It is there" }).click();
  await page.locator("dialog").getByRole("button", { name: "It is there" }).click();
  await said("is reconciled");
  check("an effect is resolved", true);

  await page.goto(`${radar.url}/#/inbox/quarantine`);
  await heading(page, "Inbox");
  await page.getByRole("button", { name: "Throw away" }).first().click();
  await page.locator("dialog").getByRole("button", { name: "Throw away" }).click();
  await said("thrown away");
  await page.goto(`${radar.url}/#/inbox/queue`);
  await page.getByLabel("Why").fill("a test");
  await page.getByRole("button", { name: "Pause the queue" }).click();
  await said("radar is paused");
  await page.getByRole("button", { name: "Go on" }).click();
  await said("radar goes on");
  await page.goto(`${radar.url}/#/now`);
  await heading(page, "Now");
  await page.getByRole("button", { name: "Check now" }).first().click();
  await said("to be checked now");
  await page.goto(`${radar.url}/#/audit`);
  await heading(page, "Audit");
  const log = await page.locator("tbody").innerText();
  check("all of it is in the audit log", ["redeliver", "snooze", "resolve", "discard", "pause", "resume", "check"].every((one) => log.includes(one)), log);

  await page.goto(`${radar.url}/#/call/2`);
  await heading(page, "GET");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as HAR" }).click();
  check("the archive is named", (await download).suggestedFilename() === "call-2.har");
  await page.locator("summary", { hasText: "registry.example" }).first().click();
  check("no credential in what was said", !(await page.content()).includes("canary"));
  await page.getByRole("button", { name: "Copy as curl" }).first().click();
  await said("The command is copied");
  check("nothing wrong in acting", page.wrong.length === 0, page.wrong.join("; "));
  await page.context().close();
}

async function keyboard(browser, radar) {
  const page = await open(browser);
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  const key = (one) => page.keyboard.press(one);
  await page.goto(`${radar.url}/`);
  await heading(page, "Now");
  await page.evaluate(() => document.activeElement.blur());
  await key("Tab");
  check("the first stop leads past the head", (await focused()) === "Skip to the content" && await page.locator("#skip").isVisible());
  await key("Enter");
  check("and it does", await page.evaluate(() => document.activeElement.id === "main"));
  await key("2");
  await heading(page, "Decisions");
  await key("j");
  const first = await focused();
  check("j takes the first", first.includes("lodash"), first);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  check("where one stands is seen", outline !== "none", outline);
  await key("j");
  check("j goes on", (await focused()).includes("minimist"), await focused());
  await key("k");
  check("k goes back", (await focused()).includes("lodash"));
  await key("Enter");
  check("Enter opens", await page.locator("details[open]", { hasText: "lodash" }).first().isVisible());
  await key("Escape");
  check("Escape closes", (await page.locator("main details[open]").count()) === 0);
  await key("3");
  await heading(page, "Calls");
  await key("/");
  check("/ filters", await page.evaluate(() => document.activeElement.id === "f-text"));
  await page.keyboard.type("minimist");
  await key("Escape");
  await page.keyboard.press("Escape");
  await page.locator("main input[type=search]").fill("");
  await page.evaluate(() => document.activeElement.blur());
  await key("j");
  await key("Enter");
  await heading(page, "GET");
  await key("Escape");
  await heading(page, "Calls");
  check("into a call and back", true);
  await key("?");
  check("? shows the keys", await page.locator("dialog").isVisible());
  await key("Escape");
  check("and Escape takes them away", !(await page.locator("dialog").isVisible()));
  // A redelivery without a pointer.
  await key("7");
  await heading(page, "Inbox");
  await page.goto(`${radar.url}/#/inbox/dead`);
  await page.locator("tbody tr").first().waitFor();
  let found = false;
  for (let i = 0; i < 60 && !found; i += 1) {
    await key("Tab");
    found = (await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "")).startsWith("Run job");
  }
  check("the button is reached by Tab", found);
  await key("Enter");
  await page.locator("#said", { hasText: "run again" }).waitFor();
  check("and pressed by Enter", true);
  check("nothing wrong by keyboard", page.wrong.length === 0, page.wrong.join("; "));
  await page.context().close();
}

async function empties(browser) {
  const radar = await Radar.begin("empty", "empty");
  const page = await open(browser);
  await page.goto(`${radar.url}/`);
  for (const name of pages) {
    await page.locator("#nav a", { hasText: name }).click();
    await heading(page, name);
    const said = await page.locator("main .empty").count();
    check(`${name}: says why it is empty`, name === "Tokens" || said > 0, `${said}`);
  }
  check("an empty page names a command", (await page.locator("main").innerText()).length > 0);
  check("nothing wrong where nothing is", page.wrong.length === 0, page.wrong.join("; "));
  await page.context().close();
  await radar.end();
}

async function liveAndLost(browser) {
  const radar = await Radar.begin("live", "seeded", "live");
  const page = await open(browser);
  page.expected = [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_NETWORK/];
  await page.goto(`${radar.url}/#/calls`);
  await heading(page, "Calls");
  await page.locator("#live", { hasText: "live" }).waitFor();
  await page.locator("tbody a", { hasText: "npm GET /{package}" }).nth(3).waitFor({ timeout: 15_000 });
  check("calls appear as they are made", true);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator("#missed", { hasText: "since" }).waitFor();
  check("while it is paused it says how many it does not show", true);
  await radar.end();
  await page.locator("#stale", { hasText: "lost since" }).waitFor({ timeout: 30_000 });
  check("a lost connection is said", await page.locator("#live", { hasText: "not live" }).isVisible());
  await page.locator("#nav a", { hasText: "Limits" }).click();
  await page.locator("main .failed", { hasText: "does not answer" }).waitFor();
  check("a page that cannot be loaded says so", true);
  await radar.start(radar.port, "seeded");
  await page.locator("#stale").waitFor({ state: "hidden", timeout: 30_000 });
  check("it comes back by itself", await page.locator("#live", { hasText: "live" }).isVisible());
  await page.goto(`${radar.url}/#/inbox/dead`);
  await page.getByRole("button", { name: /^Run job/ }).first().click();
  await page.locator("#said", { hasText: "run again" }).waitFor();
  check("and acts again, in a new session", true);
  check("nothing wrong but what was expected", page.wrong.filter((one) => !/403/.test(one)).length === 0, page.wrong.join("; "));
  await page.context().close();
  await radar.end();
}

async function strangers(browser, radar) {
  // Another site's page, in the same browser.
  const page = await open(browser);
  page.expected = [/./];
  await page.goto(`${radar.url}/`);
  await heading(page, "Now");
  await page.route("http://127.0.0.1:1/evil", (route) => route.fulfill({ contentType: "text/html", body: "evil" }));
  await page.goto("http://127.0.0.1:1/evil");
  const got = await page.evaluate(async (url) => {
    const tries = {};
    const one = async (name, ask) => (tries[name] = await ask().then((answer) => `${answer.type} ${answer.status}`, () => "refused"));
    await one("read", () => fetch(`${url}/api/now`, { credentials: "include" }));
    await one("act", () => fetch(`${url}/api/actions/check`, { method: "POST", credentials: "include", headers: { "content-type": "application/json" }, body: "{}" }));
    await one("form", () => fetch(`${url}/api/actions/check`, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }));
    return tries;
  }, radar.url);
  check("another site reads nothing", got.read === "refused" && got.act === "refused", JSON.stringify(got));
  const frame = await page.evaluate((url) => new Promise((resolve) => {
    const one = document.createElement("iframe");
    one.src = url;
    one.onload = () => {
      try {
        resolve(String(one.contentDocument !== null && one.contentDocument.body.innerText));
      } catch {
        resolve("closed");
      }
    };
    document.body.append(one);
  }), radar.url);
  check("and frames nothing", frame === "false" || frame === "closed" || frame === "null", frame);
  await page.context().close();
}

const browser = await launch();
try {
  const radar = await Radar.begin("hostile", "hostile");
  await looks(browser, radar);
  await keyboard(browser, radar);
  await radar.end();
  const fresh = await Radar.begin("acts");
  await acts(browser, fresh);
  await strangers(browser, fresh);
  await fresh.end();
  await empties(browser);
  await liveAndLost(browser);
} finally {
  await browser.close();
}
console.log(failed() === 0 ? "all good" : `${failed()} are not as they should be`);
process.exit(failed() === 0 ? 0 : 1);
