// A dashboard that runs, and a browser before it.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { chromium } from "playwright-core";

const [, , program, executablePath, scratch] = process.argv;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Radar {
  static async begin(name, what = "seeded", live = "") {
    const radar = new Radar();
    radar.folder = `${scratch}/${name}`;
    await radar.start(0, what, live);
    return radar;
  }
  async start(port, what, live = "") {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    this.process = spawn(program, [this.folder, String(port), what, ...(live ? [live] : [])], { stdio: "inherit" });
    for (let i = 0; i < 200; i += 1) {
      try {
        this.port = Number(readFileSync(`${this.folder}/port`, "utf8"));
        this.url = `http://127.0.0.1:${this.port}`;
        return;
      } catch {
        await pause(50);
      }
    }
    throw new Error("the server does not come up");
  }
  async end() {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await gone;
  }
}

export const launch = () => chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"] });

// A page of which everything is told that must not be: errors on its console, requests to others.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  const page = await context.newPage();
  page.wrong = [];
  page.expected = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !page.expected.some((one) => one.test(message.text()))) page.wrong.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1:") && !request.url().startsWith("http://localhost:")) page.wrong.push(`request: ${request.url()}`);
  });
  return page;
}

let failures = 0;
export function check(what, good, more = "") {
  if (!good) {
    failures += 1;
    console.log(`NOT: ${what} ${more}`);
  } else {
    console.log(`ok: ${what}`);
  }
}
export const failed = () => failures;

export async function heading(page, text) {
  await page.locator("main h1", { hasText: text }).waitFor({ timeout: 15_000 });
  await page.locator("main:not([aria-busy])").waitFor({ timeout: 15_000 });
}
