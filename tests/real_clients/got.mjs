// got as it is: it retries by itself, and follows pages by the Link header.
import got from 'got';
import { run } from './missions.mjs';

await run(
  {
    get: (url) => got(url).text(),
    getJson: (url) => got(url).json(),
    post: async (url, json, headers) => {
      const answer = await got.post(url, { json, headers });
      return (name) => answer.headers[name];
    },
    pages: (url) => got.paginate(url),
  },
  process.argv[2],
);
