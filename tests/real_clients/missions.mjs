// The missions, the same for every client in JavaScript: what a program wants, over three functions that the
// client gives. README.md says what each mission is.

export const api = process.env.APILAB_API_URL;
const effects = process.env.APILAB_EFFECTS_URL;
const workers = Number(process.env.WORKERS ?? 4);

const item = (n) => `${api}/items/itm_${String(n).padStart(4, '0')}`;

// So many at a time; what fails is left.
async function inPool(tasks) {
  const waiting = [...tasks];
  const worker = async () => {
    while (waiting.length > 0) {
      await waiting.shift()().catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

// client: get(url) -> text, getJson(url) -> object, post(url, object, headers) -> headers of the answer (a
// function of a name), pages(url) -> async iterable, or absent.
export async function run(client, mission) {
  switch (mission) {
    case 'fetch':
      await inPool(Array.from({ length: Number(process.env.ITEMS ?? 12) }, (_, i) => () => client.get(item(i + 1))));
      break;
    case 'create':
      for (const n of [1, 2, 3]) {
        await client.post(effects, { event: `release-${n}` }, {}).catch(() => {});
      }
      break;
    case 'order': {
      const login = { user: process.env.APILAB_API_USER, password: process.env.APILAB_API_PASSWORD };
      const answer = await client.post(`${api}/session`, login, {});
      const cookie = [answer('set-cookie')].flat()[0].split(';')[0];
      for (const n of [1, 2, 3]) {
        const headers = { cookie, 'idempotency-key': crypto.randomUUID() };
        await client.post(`${api}/orders`, { reference: `order-${n}`, sku: 'left-box' }, headers).catch(() => {});
      }
      break;
    }
    case 'documents': {
      const list = await client.getJson(`${api}/documents`);
      await inPool(list.documents.map(({ id }) => () => client.get(`${api}/documents/${id}`)));
      break;
    }
    case 'mirror': {
      const page = await client.getJson(`${api}/items/cursor?limit=5`);
      await inPool(page.items.map(({ id }) => () => client.get(`${api}/items/${id}`)));
      break;
    }
    case 'pages':
      for await (const each of client.pages(`${api}/items/link?limit=40`)) void each;
      break;
    default:
      throw new Error(`no mission ${mission}`);
  }
}
