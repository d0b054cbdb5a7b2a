// Reads back, with the vendors' own SDKs, what day11_slack_notion and day12_send_once wrote into a sandbox
// (addresses and credentials from the environment, as `apilab sandbox env` prints them).
import assert from 'node:assert/strict';
import { Client as Notion, iteratePaginatedAPI } from '@notionhq/client';
import slackPackage from '@slack/web-api';
import { OAuth2Client } from 'google-auth-library';

const env = (name) => {
  const value = process.env['APILAB_' + name];
  assert(value, `APILAB_${name} is not set`);
  return value;
};
const findings = 14;

async function rows() {
  const notion = new Notion({ auth: env('NOTION_TOKEN'), baseUrl: env('NOTION_URL') });
  const found = new Map();
  let all = 0;
  const query = { data_source_id: env('NOTION_DS'), page_size: 50 };
  for await (const page of iteratePaginatedAPI(notion.dataSources.query, query)) {
    all += 1;
    const text = (property) => property.rich_text.map((piece) => piece.plain_text).join('');
    const key = text(page.properties.Key);
    if (key.startsWith('F-')) {
      assert(!found.has(key), `two rows for ${key}`);
      found.set(key, { announced: page.properties.Announced.checkbox, notes: text(page.properties.Notes) });
    }
  }
  assert.equal(all, 130 + findings, 'rows beside the 130 of the seed world');
  assert([...found.values()].every((row) => row.announced), 'every row is ticked off');
  assert.equal([...found.values()].filter((row) => row.notes.length === 4800).length, 3, 'long texts are whole');
  return found;
}

async function messages() {
  const slack = new slackPackage.WebClient(env('SLACK_TOKEN'), { slackApiUrl: env('SLACK_URL') + '/api/' });
  const answer = await slack.conversations.history(
    { channel: env('SLACK_CHANNEL'), limit: 200, include_all_metadata: true });
  const keys = answer.messages.map((message) => message.metadata?.event_payload?.key).filter(Boolean);
  assert.equal(new Set(keys).size, keys.length, 'one message for a finding');
  return new Set(keys);
}

async function mails() {
  const auth = new OAuth2Client({
    clientId: env('GOOGLE_CLIENT_ID'),
    clientSecret: env('GOOGLE_CLIENT_SECRET'),
    endpoints: { oauth2TokenUrl: env('GOOGLE_URL') + '/token' },
  });
  auth.setCredentials({ refresh_token: env('GOOGLE_REFRESH_TOKEN') });
  // By the vendor's own client for tokens and requests; its Gmail wrapper resolves paths against the
  // origin and would leave the sandbox's prefix out.
  const ask = (path) => auth.request({ url: env('GOOGLE_URL') + '/gmail/v1/users/me/messages' + path });
  const sent = await ask('?labelIds=SENT');
  assert.equal(sent.data.messages?.length, 5, 'five mails were sent');
  const ids = new Set();
  for (const { id } of sent.data.messages) {
    const mail = await ask('/' + id);
    const field = (name) => mail.data.payload.headers.find((header) => header.name === name)?.value;
    assert.equal(field('Subject'), 'Digest');
    assert.match(field('Message-ID'), /^<\d+@apilab\.example>$/);
    ids.add(field('Message-ID'));
  }
  assert.equal(ids.size, 5, 'each of them once');
}

const made = await rows();
const said = await messages();
assert.deepEqual([...said].sort(), [...made.keys()].sort(), 'a row and a message for each finding');
await mails();
console.log(`${made.size} rows, ${said.size} messages, 5 mails: read back by the official SDKs`);
