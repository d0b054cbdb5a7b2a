// A real authorisation server (oidc-provider) on a free loopback port: clients of every kind that ours may be, three
// users who have consented, and a person in the browser who logs in and consents at once. Writes what a client has to
// know into the file it is given, by rename, and stays until it is ended.
//
// Under /peer/ is what the tests need beside the protocol:
//   interaction/UID          the person: consents as mara, or refuses where the request has login_hint=nobody
//   consent?user_code=C      the person with the device's code in hand; refuse?user_code=C
//   later?seconds=N          from now on the server's clock is so much ahead
//   counts                   how often each path was asked for
import { generateKeyPairSync } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const now = Date.now;
let ahead = 0;
Date.now = () => now() + ahead;

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const url = `http://127.0.0.1:${server.address().port}`;
const client = {
  client_id: 'peer client',
  client_secret: 'a+secret/with:odd=signs',
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirect_uris: ['http://127.0.0.1:9/cb'],
  token_endpoint_auth_method: 'client_secret_basic',
};
const native = {
  application_type: 'native',
  grant_types: [
    'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  redirect_uris: ['http://127.0.0.1/callback'],
};
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const scope = 'openid offline_access';
const provider = new Provider(url, {
  clients: [
    client,
    { ...native, client_id: 'desk', token_endpoint_auth_method: 'none' },
    {
      ...native,
      client_id: 'safe',
      client_secret: 'safe secret',
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      client_id: 'signer',
      grant_types: ['client_credentials'],
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] },
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'private_key_jwt',
    },
  ],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  cookies: { keys: ['test'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/peer/interaction/${interaction.uid}` },
  rotateRefreshToken: true,
  ttl: {
    AccessToken: 60,
    AuthorizationCode: 60,
    ClientCredentials: 60,
    DeviceCode: 600,
    Grant: 600,
    IdToken: 60,
    Interaction: 600,
    RefreshToken: 600,
    Session: 600,
  },
});

async function grantId(accountId, clientId) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scope);
  return grant.save();
}

// What a login in a browser would have left behind.
async function consent(accountId) {
  return new provider.RefreshToken({
    accountId,
    client: await provider.Client.find(client.client_id),
    grantId: await grantId(accountId, client.client_id),
    gty: 'authorization_code',
    scope,
  }).save();
}

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const no = { error: 'access_denied', error_description: 'the person said no' };
  const yes = async () => ({
    login: { accountId: 'mara' },
    consent: { grantId: await grantId('mara', params.client_id) },
  });
  const result = params.login_hint === 'nobody' ? no : await yes();
  await provider.interactionFinished(request, response, result);
}

// As the device would see it once the person is done.
async function decide(userCode, change) {
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
  Object.assign(code, await change(code));
  await code.save();
  return {};
}

const counts = {};
async function beside(request, response) {
  const asked = new URL(request.url, url);
  const what = asked.pathname.split('/')[2];
  if (what === 'interaction') return interact(request, response);
  const userCode = asked.searchParams.get('user_code');
  const answers = {
    consent: () => decide(userCode, async (code) => ({
      accountId: 'mara', authTime: Math.floor(Date.now() / 1000), scope: code.params.scope,
      grantId: await grantId('mara', code.clientId),
    })),
    refuse: () => decide(userCode, () => ({ error: 'access_denied' })),
    later: () => ({ ahead: (ahead += 1000 * Number(asked.searchParams.get('seconds'))) }),
    counts: () => counts,
  };
  response.setHeader('content-type', 'application/json');
  return response.end(JSON.stringify(await answers[what]()));
}

const protocol = provider.callback();
server.on('request', (request, response) => {
  const { pathname } = new URL(request.url, url);
  if (!pathname.startsWith('/peer/')) {
    counts[pathname] = (counts[pathname] ?? 0) + 1;
    return protocol(request, response);
  }
  return beside(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});

const file = process.argv[2];
writeFileSync(`${file}.new`, JSON.stringify({
  url,
  client_id: client.client_id,
  client_secret: client.client_secret,
  signer_key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  mara: await consent('mara'),
  ilse: await consent('ilse'),
  nils: await consent('nils'),
}));
renameSync(`${file}.new`, file);
