// The same receiver as its documentation has it: @octokit/webhooks verifies, better-sqlite3 commits
// each event (WAL, FULL) before the answer; a primary key deduplicates.
//
//     node webhook_node.mjs FOLDER SECRET PORT

import { createServer } from 'node:http';
import { Webhooks } from '@octokit/webhooks';
import Database from 'better-sqlite3';

const [folder, secret, port] = process.argv.slice(2);
const db = new Database(`${folder}/work.db`);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, name TEXT, body TEXT, received INTEGER,
         state TEXT) STRICT`);
const insert = db.prepare(`INSERT INTO event VALUES (?, ?, ?, ?, 'available') ON CONFLICT DO NOTHING`);
const webhooks = new Webhooks({ secret });

createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) {
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces).toString('utf8');
  const signature = request.headers['x-hub-signature-256'];
  if (!signature || !(await webhooks.verify(body, signature))) {
    response.writeHead(401).end();
    return;
  }
  insert.run(request.headers['x-github-delivery'], request.headers['x-github-event'], body, Date.now());
  response.writeHead(200).end();
}).listen(Number(port), '127.0.0.1');
