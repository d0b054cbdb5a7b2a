// schema.mjs HAR...: each has to be a HAR 1.2 by har-schema, and its times have to add up.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Ajv = require("ajv");
const schemas = require("har-schema");
// har-schema is written in draft 6, which this Ajv has beside it.
const ajv = new Ajv({ allErrors: true, schemaId: "$id" });
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-06.json"));
const valid = ajv.addSchema(Object.values(schemas)).getSchema("har.json");
if (!valid) throw new Error("har-schema has no har.json");

const seen = new Set();
let failed = false;
for (const file of process.argv.slice(2)) {
  const har = JSON.parse(readFileSync(file, "utf8"));
  const wrong = valid(har) ? [] : valid.errors.map((error) => `${error.dataPath} ${error.message}`);
  for (const [index, entry] of har.log.entries.entries()) {
    const parts = ["blocked", "dns", "connect", "send", "wait", "receive"];
    const sum = parts.reduce((all, part) => all + Math.max(0, entry.timings[part]), 0);
    if (Math.abs(sum - entry.time) > 0.01) wrong.push(`entry ${index}: timings ${sum}, time ${entry.time}`);
    seen.add(entry.response.status);
    if (entry._waits) seen.add("wait");
    if (entry.response.content.mimeType === "application/octet-stream") seen.add("binary");
    if (entry.response.status && entry.response.content.size === 0) seen.add("empty");
  }
  console.log(`${file.split("/").pop()}: ${har.log.entries.length} entries, ${wrong.length} errors`);
  for (const line of wrong) console.log(`  ${line}`);
  failed ||= wrong.length > 0 || har.log.entries.length === 0;
}
// A file without what is hard says nothing about it.
for (const what of [0, 200, 302, 429, 503, "wait", "binary", "empty"]) {
  if (!seen.has(what)) {
    console.log(`no entry with ${what}; there are ${[...seen].join(", ")}`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
