// Both documents are sound by OpenAPI 3.1's own schema, and each GET of /api that needs nothing answers as it promises.
import OpenAPIParser from "@readme/openapi-parser";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const api = process.env.APILAB_API_URL;
const admin = process.env.APILAB_ADMIN_URL;
const token = { authorization: `Bearer ${process.env.APILAB_ADMIN_TOKEN}` };
const key = { "x-api-key": "api_stub" };
const read = async (url, headers = {}) => (await fetch(url, { headers })).json();

let checked = 0;
let failed = 0;
const say = (good, what) => {
  checked += 1;
  failed += good ? 0 : 1;
  if (!good) console.log(`FAILED ${what}`);
};

const documents = {
  api: await read(`${api}/openapi.json`),
  admin: await read(`${admin}/_sandbox/openapi.json`, token),
};
for (const [name, document] of Object.entries(documents)) {
  try {
    await OpenAPIParser.validate(structuredClone(document));
    say(true, name);
  } catch (error) {
    say(false, `${name}: ${error.message}`);
  }
}

const answers = async (document, base, headers, skip) => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: "doc", ...document });
  for (const [path, item] of Object.entries(document.paths)) {
    if (!item.get || path.includes("{") || skip.includes(path)) continue;
    const reply = await fetch(base + path, { headers });
    const promised = item.get.responses[reply.status]?.content?.["application/json"];
    if (!promised?.schema?.$ref) continue;
    const validate = ajv.getSchema(`doc${promised.schema.$ref}`);
    const good = validate(await reply.json());
    say(good, `${path}: ${ajv.errorsText(validate.errors)}`);
  }
};
await answers(documents.api, api, key, []);
await answers(documents.admin, admin, token, ["/_sandbox/events"]);

console.log(`${checked} checked, ${failed} failed`);
process.exit(failed === 0 && checked > 25 ? 0 : 1);
