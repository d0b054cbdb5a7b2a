// The same load with undici: a pool of as many connections as requests are in flight.
//
//     node load_undici.mjs URL REQUESTS IN_FLIGHT

import { Pool } from 'undici';

const [url, requests, inFlight] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, {
  connections: Number(inFlight), connectTimeout: 5_000, headersTimeout: 30_000, bodyTimeout: 30_000,
});
let left = Number(requests);
let good = 0;

async function worker() {
  while (left > 0) {
    --left;
    const { statusCode, body } = await pool.request({ path: pathname, method: 'GET' });
    const text = await body.text();
    good += statusCode === 200 && text.length > 0 ? 1 : 0;
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, worker));
await pool.close();
process.exitCode = good === Number(requests) ? 0 : 1;
