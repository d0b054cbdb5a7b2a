// interop.mjs APILAB: `apilab hook` and the senders' own libraries sign for each other. What one of them signs the
// other has to take, and what was changed on its way neither.
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { Webhooks } from "@octokit/webhooks";
import bolt from "@slack/bolt";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";

const apilab = process.argv[2];
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const now = () => Math.floor(Date.now() / 1000);
let checked = 0;
let failed = 0;
function check(holds, what) {
  checked += 1;
  if (!holds) {
    failed += 1;
    console.log(`FAILED: ${what}`);
  }
}

function run(command, scheme, secret, body, more) {
  const words = ["hook", command, "--scheme", scheme, "--secret", "env:HOOK_SECRET", "--json", ...more, "-"];
  const ended = spawnSync(apilab, words, { input: body, env: { HOOK_SECRET: secret }, encoding: "utf8" });
  if (ended.status !== 0 && ended.status !== 3) throw new Error(`apilab ${words.join(" ")}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}
const weSign = (scheme, secret, body, at = now()) =>
  run("sign", scheme, secret, body, ["--id", id, "--at", String(at)]).headers;
function weVerify(scheme, secret, body, headers, at = now()) {
  const more = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}:${value}`]);
  const told = run("verify", scheme, secret, body, ["--at", String(at), ...more]);
  return told.genuine ? "genuine" : told.reason;
}
// Whatever a library does to refuse: false, or an exception.
async function takes(verify) {
  try {
    return (await verify()) !== false;
  } catch {
    return false;
  }
}

const octokit = (secret) => new Webhooks({ secret });
const stripe = new Stripe("sk_test_x");
const lower = (headers) => Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]));
const standard = (library) => ({
  scheme: "standard",
  secrets: ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"].map((key) => "whsec_" + key),
  sign: (secret, body, at) => ({
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": new library(secret).sign(id, new Date(at * 1000), body),
  }),
  verify: (secret, body, headers) => (new library(secret).verify(body, headers), true),
  timed: true,
  future: true,
});
const libraries = {
  "@octokit/webhooks": {
    scheme: "github",
    secrets: ["It's a Secret to Everybody", "another"],
    sign: async (secret, body) => ({ "X-Hub-Signature-256": await octokit(secret).sign(body) }),
    verify: (secret, body, headers) => octokit(secret).verify(body, headers["X-Hub-Signature-256"]),
  },
  "@slack/bolt": {
    scheme: "slack",
    secrets: ["8f742231b10e8888abcd99yyyzzz85a5", "another"],
    // bolt only verifies; this is what Slack's page tells a sender to do.
    sign: (secret, body, at) => ({
      "X-Slack-Request-Timestamp": String(at),
      "X-Slack-Signature": `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`,
    }),
    verify: (secret, body, headers) => (
      bolt.verifySlackRequest({
        signingSecret: secret,
        body,
        headers: {
          "x-slack-signature": lower(headers)["x-slack-signature"],
          "x-slack-request-timestamp": Number(lower(headers)["x-slack-request-timestamp"]),
        },
      }),
      true
    ),
    timed: true,
  },
  stripe: {
    scheme: "stripe",
    secrets: ["whsec_test_secret", "whsec_another"],
    sign: (secret, payload, timestamp) => ({
      "Stripe-Signature": stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
    }),
    // With its tolerance: signature.verifyHeader alone looks at no time.
    verify: (secret, body, headers) =>
      stripe.webhooks.signature.verifyHeader(body, headers["Stripe-Signature"], secret, 300),
    timed: true,
  },
  standardwebhooks: standard(StandardWebhook),
  svix: standard(SvixWebhook),
};

const bodies = ['{"id":820982911946154508,"a":"Prüfung ✓ 日本語 \\ud83d\\ude00"}', '{ "a" : 1.0 }\n', '{"type":"x"}'];
// Each way of changing a signed message on its way.
const tampered = (headers, body) => {
  const ways = [["the body", headers, `${body} `]];
  for (const [name, value] of Object.entries(headers)) {
    const at = value.length - 5;
    const other = value[at] === "a" ? "b" : "a";
    const changed = /timestamp$/i.test(name) ? String(Number(value) - 1) : value.slice(0, at) + other + value.slice(at + 1);
    ways.push([name, { ...headers, [name]: changed }, body]);
  }
  return ways;
};

for (const [name, library] of Object.entries(libraries)) {
  const { scheme, secrets, sign, verify } = library;
  const [secret, another] = secrets;
  for (const body of bodies) {
    const ours = weSign(scheme, secret, body);
    const theirs = await sign(secret, body, now());
    check(await takes(() => verify(secret, body, ours)), `${name} takes what we sign`);
    check(weVerify(scheme, secret, body, theirs) === "genuine", `we take what ${name} signs`);
    check(!(await takes(() => verify(another, body, ours))), `${name} refuses another secret`);
    check(weVerify(scheme, another, body, theirs) === "mismatch", `we refuse another secret than ${name}'s`);
    for (const [what, headers, changed] of tampered(ours, body)) {
      check(!(await takes(() => verify(secret, changed, headers))), `${name} refuses ours with ${what} changed`);
      check(weVerify(scheme, secret, changed, headers) !== "genuine", `we refuse ours with ${what} changed`);
    }
    for (const [what, headers, changed] of tampered(theirs, body)) {
      check(weVerify(scheme, secret, changed, headers) !== "genuine", `we refuse ${name}'s with ${what} changed`);
    }
  }
  if (!library.timed) continue;
  for (const off of [-600, 600]) {
    const theirs = await sign(secret, bodies[0], now() + off);
    check(weVerify(scheme, secret, bodies[0], theirs) === "timestamp", `we refuse ${name}'s of ${off} s`);
    check(weVerify(scheme, secret, bodies[0], theirs, now() + off) === "genuine", `but for their time`);
    // bolt and stripe take what is dated ahead, for ever; we do not.
    const refused = off < 0 || library.future === true;
    const ours = weSign(scheme, secret, bodies[0], now() + off);
    check((await takes(() => verify(secret, bodies[0], ours))) === !refused, `${name} and ours of ${off} s`);
  }
}
// An empty body is signed like any other. Not everybody has a word for it: octokit cannot sign it, stripe does not
// verify it, svix parses it as JSON.
for (const [name, theyTake] of [["@slack/bolt", true], ["stripe", false], ["standardwebhooks", true], ["svix", false]]) {
  const { scheme, secrets, sign, verify } = libraries[name];
  const ours = weSign(scheme, secrets[0], "");
  check((await takes(() => verify(secrets[0], "", ours))) === theyTake, `${name} and our empty body`);
  check(weVerify(scheme, secrets[0], "", await sign(secrets[0], "", now())) === "genuine", `we take ${name}'s empty body`);
}
console.log(`${checked} checked, ${failed} failed`);
process.exit(failed === 0 && checked > 100 ? 0 : 1);
