// The program itself, `apilab radar serve` over `apilab sandbox serve`: what it found stands on its pages.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { check, failed, heading, launch, open } from "./world.mjs";

const [, , apilab, , scratch] = process.argv;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const started = [];

// Once its ready file is there, what that says.
async function start(name, words, variables = {}) {
  const ready = `${scratch}/${name}.json`;
  const child = spawn(apilab, [...words, "--ready-file", ready], {
    cwd: scratch, env: { PATH: process.env.PATH, HOME: scratch, ...variables }, stdio: ["ignore", "ignore", "inherit"] });
  child.over = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  started.push(child);
  for (let i = 0; i < 400 && child.exitCode === null; i += 1) {
    try {
      return { child, said: JSON.parse(readFileSync(ready, "utf8")) };
    } catch {
      await pause(50);
    }
  }
  throw new Error(`${name} does not come up`);
}

async function walk(browser, url) {
  const page = await open(browser);
  await page.goto(`${url}/`);
  await heading(page, "Now");
  check("Now: it is said to be simulated", await page.locator("#simulated").isVisible());
  await page.locator("#live", { hasText: "live" }).waitFor();
  await page.locator("main", { hasText: "webshop" }).waitFor();
  check("Now: the project is there", true);

  // The first check may still be under way.
  const found = page.locator("summary", { hasText: "lodash" });
  for (let i = 0; i < 60 && (await found.count()) === 0; i += 1) {
    await pause(500);
    await page.goto(`${url}/#/now`);
    await page.goto(`${url}/#/decisions`);
    await heading(page, "Decisions");
  }
  await found.first().click();
  check("Decisions: lodash is to be upgraded", await page.locator("pre, code", { hasText: "npm install" }).first().isVisible());

  await page.locator("#nav a", { hasText: "Calls" }).click();
  await heading(page, "Calls");
  await page.locator("tbody a", { hasText: "npm GET /{package}" }).first().click();
  await heading(page, "GET");
  check("a call's waterfall is drawn", (await page.locator("svg.waterfall rect").count()) > 0);

  await page.goto(`${url}/#/calls`);
  await heading(page, "Calls");
  await page.locator("tbody a", { hasText: "slack POST" }).first().waitFor({ timeout: 20_000 });
  check("Slack was told", true);
  await page.locator("#nav a", { hasText: "Limits" }).click();
  await heading(page, "Limits");
  check("Limits: reads and effects are on one page", await page.locator("main", { hasText: "slack" }).isVisible() && await page.locator("main", { hasText: "npm" }).isVisible());
  await page.locator("#nav a", { hasText: "Drift" }).click();
  await heading(page, "Drift");
  check("Drift is counted", (await page.locator("main", { hasText: "Nobody counts" }).count()) === 0);
  check("nothing wrong on the way", page.wrong.length === 0, page.wrong.join("; "));
  await page.context().close();
}

const browser = await launch();
try {
  mkdirSync(`${scratch}/webshop`);
  writeFileSync(`${scratch}/webshop/package-lock.json`, JSON.stringify({ name: "webshop", lockfileVersion: 3,
    packages: { "": { dependencies: { lodash: "^4.17.0" } }, "node_modules/lodash": { version: "4.17.11" } } }));
  const box = await start("sandbox", ["sandbox", "serve", "--port", "0", "--admin-port", "0"]);
  const radar = await start("radar", ["radar", "serve", "--listen", "127.0.0.1:0", "--store", `sqlite:${scratch}/radar.db`,
    "--watch", `webshop=${scratch}/webshop`, "--set", "slack.channel=C00000003", "--set", "slack.level=low"], box.said);
  await walk(browser, radar.said.url);
  radar.child.kill("SIGTERM");
  check("told to end, it ends well", (await radar.child.over) === 0);
} finally {
  for (const child of started) if (child.exitCode === null) child.kill("SIGKILL");
  await browser.close();
}
console.log(failed() === 0 ? "all good" : `${failed()} are not as they should be`);
process.exit(failed() === 0 ? 0 : 1);
