// What docs/img shows of the dashboard.
import { heading, launch, open, Radar } from "./world.mjs";

const images = process.argv[5];
const shots = [
  ["now", "#/now", "Now", "light"], ["now", "#/now", "Now", "dark"], ["decisions", "#/decisions", "Decisions", "light"],
  ["call", "#/call/2", "GET", "light"], ["call", "#/call/2", "GET", "dark"], ["inbox", "#/inbox/dead", "Inbox", "light"],
];
const browser = await launch();
try {
  const radar = await Radar.begin("pictures");
  for (const [name, hash, title, colorScheme] of shots) {
    const page = await open(browser, { viewport: { width: 1000, height: 760 }, colorScheme });
    await page.goto(`${radar.url}/${hash}`);
    await heading(page, title);
    await page.locator("#live", { hasText: "live" }).waitFor();
    if (name === "decisions") await page.locator("summary", { hasText: "lodash" }).click();
    await page.screenshot({ path: `${images}/dashboard-${name}-${colorScheme}.png` });
    console.log(`${images}/dashboard-${name}-${colorScheme}.png`);
    await page.context().close();
  }
  await radar.end();
} finally {
  await browser.close();
}
