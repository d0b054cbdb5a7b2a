// undici with its RetryAgent, set up as its documentation does.
import { Agent, RetryAgent, request } from 'undici';
import { run } from './missions.mjs';

const dispatcher = new RetryAgent(new Agent());

async function send(url, options = {}) {
  const answer = await request(url, { dispatcher, ...options });
  if (answer.statusCode >= 400) {
    await answer.body.dump();
    throw new Error(`${url}: ${answer.statusCode}`);
  }
  return answer;
}

await run(
  {
    get: async (url) => (await send(url)).body.text(),
    getJson: async (url) => (await send(url)).body.json(),
    post: async (url, json, headers) => {
      const answer = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(json),
      });
      await answer.body.dump();
      return (name) => answer.headers[name];
    },
  },
  process.argv[2],
);
await dispatcher.close();
