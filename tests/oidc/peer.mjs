// A real authorisation server (oidc-provider) on a free loopback port, with one client and three users who have
// consented. Writes what a client has to know into the file it is given, by rename, and stays until it is ended.
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

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
const provider = new Provider(url, {
  clients: [client],
  cookies: { keys: ['test'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  ttl: { AccessToken: 60, ClientCredentials: 60, Grant: 600, RefreshToken: 600 },
});
server.on('request', provider.callback());

// What a login in a browser would have left behind.
async function consent(accountId) {
  const grant = new provider.Grant({ accountId, clientId: client.client_id });
  const scope = 'openid offline_access';
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  return new provider.RefreshToken({
    accountId,
    client: await provider.Client.find(client.client_id),
    grantId,
    gty: 'authorization_code',
    scope,
  }).save();
}
const file = process.argv[2];
writeFileSync(`${file}.new`, JSON.stringify({
  url,
  client_id: client.client_id,
  client_secret: client.client_secret,
  mara: await consent('mara'),
  ilse: await consent('ilse'),
  nils: await consent('nils'),
}));
renameSync(`${file}.new`, file);
