// What the shared scripts leave out of authorisation, with clients written by others: openid-client for keys,
// public clients, devices, exchange and ID tokens; Octokit for GitHub Apps. Addresses and credentials from the
// environment, as `apilab sandbox env` prints them; check() and its closing line are those of lib.mjs beside it.
import fs from 'node:fs';
import crypto from 'node:crypto';
import * as oc from 'openid-client';
import { App, Octokit } from 'octokit';
import { check, done, eq, need, ok, rejects } from './lib.mjs';

const issuer = new URL(need('APILAB_OAUTH_URL'));
const execute = [oc.allowInsecureRequests];
const redirect_uri = 'http://127.0.0.1:49152/callback'; // any port: RFC 8252 section 7.3
const key = async (variable, algorithm) => {
  const pkcs8 = fs.readFileSync(need(variable), 'utf8').replace(/-----[^-]+-----|\s/g, '');
  return crypto.subtle.importKey('pkcs8', Buffer.from(pkcs8, 'base64'), algorithm, false, ['sign']);
};
const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
const discover = (id, how) => oc.discovery(issuer, id, undefined, how, { execute });
const open = await discover(need('APILAB_OAUTH_PUBLIC_CLIENT_ID'), oc.None());

// The whole way of the code flow; `more` goes into the authorisation request.
async function code(config, more = {}) {
  const verifier = oc.randomPKCECodeVerifier();
  const state = oc.randomState();
  const nonce = oc.randomNonce();
  const url = oc.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid email documents.read', state, nonce,
    code_challenge: await oc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  });
  const answer = await fetch(url, { redirect: 'manual' });
  eq(answer.status, 302);
  return oc.authorizationCodeGrant(config, new URL(answer.headers.get('location')), {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
  });
}

let tokens;
await check('a public client, with PKCE; the ID token is good by /jwks', async () => {
  oc.enableNonRepudiationChecks(open); // the signature too
  tokens = await code(open);
  eq(tokens.claims().sub, 'octo');
  const user = await oc.fetchUserInfo(open, tokens.access_token, 'octo');
  eq(user.email, 'octo@example.com');
});
await check('a client with a key, RS256 and ES256', async () => {
  for (const [name, algorithm] of [['RS256', rsa], ['ES256', ecdsa]]) {
    const config = await discover(need(`APILAB_OAUTH_${name}_CLIENT_ID`),
      oc.PrivateKeyJwt(await key(`APILAB_OAUTH_${name}_KEY_FILE`, algorithm)));
    ok((await oc.clientCredentialsGrant(config, {})).access_token);
    ok((await code(config)).refresh_token);
  }
});
await check('the key of another client is invalid_client', async () => {
  const config = await discover(need('APILAB_OAUTH_RS256_CLIENT_ID'),
    oc.PrivateKeyJwt(await key('APILAB_OAUTH_ES256_KEY_FILE', ecdsa)));
  eq((await rejects(oc.clientCredentialsGrant(config, {}))).error, 'invalid_client');
});
await check('what the user may not have comes back as an error with its issuer', async () => {
  const error = await rejects(code(open, { scope: 'openid admin' }));
  eq(error.error, 'invalid_scope');
});
await check('a token is exchanged, looked at and revoked', async () => {
  const config = await oc.discovery(issuer, need('APILAB_OAUTH_CLIENT_ID'), need('APILAB_OAUTH_CLIENT_SECRET'),
    undefined, { execute });
  const exchanged = await oc.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: tokens.access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', scope: 'documents.read',
  });
  eq(exchanged.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  eq((await oc.tokenIntrospection(config, exchanged.access_token)).active, true);
  await oc.tokenRevocation(config, exchanged.access_token);
  eq((await oc.tokenIntrospection(config, exchanged.access_token)).active, false);
});
await check('a device, polled until the user consents', async () => {
  const device = await oc.initiateDeviceAuthorization(open, { scope: 'openid documents.read' });
  ok(device.verification_uri_complete.includes(device.user_code));
  const granted = await oc.pollDeviceAuthorizationGrant(open, device);
  ok(granted.access_token && granted.refresh_token);
});
await check('a GitHub App, as Octokit sees it', async () => {
  const app = new App({
    appId: need('APILAB_GITHUB_APP_ID'), privateKey: fs.readFileSync(need('APILAB_GITHUB_APP_KEY_FILE'), 'utf8'),
    Octokit: Octokit.defaults({ baseUrl: need('APILAB_GITHUB_URL') }),
  });
  eq((await app.octokit.request('GET /app')).data.slug, 'apilab-sandbox');
  const installation = await app.getInstallationOctokit(Number(need('APILAB_GITHUB_INSTALLATION_ID')));
  eq((await installation.request('GET /repos/octo/hello')).data.full_name, 'octo/hello');
  eq((await rejects(installation.request('GET /user'))).status, 403);
});
done();
