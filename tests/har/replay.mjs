// replay.mjs HAR CHROMIUM: the browser answers each GET of the archive from it, with nothing behind it, and the
// page has to read the same status and body.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [file, executablePath] = process.argv.slice(2);
const { entries } = JSON.parse(readFileSync(file, "utf8")).log;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
let failed = entries.length === 0;
try {
  const page = await browser.newPage();
  await page.routeFromHAR(file, { notFound: "abort" });
  for (const { request, response } of entries) {
    // A page of the same origin, so that the browser shows the body without asking for CORS.
    await page.route("**/page-of-the-test", (route) => route.fulfill({ contentType: "text/html", body: "page" }));
    await page.goto(new URL("/page-of-the-test", request.url).href);
    const got = await page.evaluate(async (url) => {
      const answer = await fetch(url);
      return { status: answer.status, text: await answer.text() };
    }, request.url);
    const same = got.status === response.status && got.text === (response.content.text ?? "");
    console.log(`${same ? "same" : "NOT THE SAME"}: ${request.method} ${request.url} ${got.status}, ${got.text.length} characters`);
    failed ||= !same;
  }
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
