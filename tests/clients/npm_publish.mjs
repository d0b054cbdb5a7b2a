// The npm CLI on its writing side: NPM_URL [NPM_TOKEN]. Publishes, tags, deprecates, packs and takes back a package
// of its own, and is refused where it has to be.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { check, done, eq, need, ok, token } from './lib.mjs';

const registry = need('NPM_URL');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'npm-publish-'));
const name = '@octo/fresh';
const write = (file, value) => fs.writeFileSync(path.join(folder, file), value);
const manifest = (version, more = {}) =>
    write('package.json', JSON.stringify({ name, version, description: 'made by a test', main: 'index.js', ...more }));
const login = (secret) => write('.npmrc', `registry=${registry}/\n${registry.replace(/^https?:/, '')}/:_authToken=${secret}\n`);
const npm = (...args) => new Promise((resolve) => {
    const env = { ...process.env, npm_config_userconfig: path.join(folder, '.npmrc'), npm_config_update_notifier: 'false' };
    const all = [...args, '--cache', path.join(folder, 'cache'), '--registry', `${registry}/`, '--loglevel', 'error'];
    execFile('npm', all, { cwd: folder, timeout: 60000, env }, (error, out, err) =>
        resolve({ code: error ? error.code : 0, out, err: `${err}${out}` }));
});
const view = async (...args) => JSON.parse((await npm('view', ...args, '--json', '--prefer-online')).out);

write('index.js', 'module.exports = 1;\n');
login(token('NPM_TOKEN', 'npm_stub'));
await check('npm whoami', async () => { const r = await npm('whoami'); eq(r.out.trim(), 'sandbox', r.err); });
await check('npm publish of a scoped package wants --access public (402)', async () => {
    manifest('1.0.0');
    const r = await npm('publish', '--access', 'restricted');
    ok(r.code !== 0 && /402/.test(r.err), r.err);
});
await check('npm publish, and it can be seen', async () => {
    const r = await npm('publish', '--access', 'public');
    eq(r.code, 0, r.err);
    const seen = await view(name);
    eq(seen.version, '1.0.0');
    ok(seen.dist.integrity.startsWith('sha512-'));
});
await check('the same version again is refused (403)', async () => {
    const r = await npm('publish', '--access', 'public');
    ok(r.code !== 0 && /previously published/.test(r.err), r.err);
});
await check('npm publish of a second version with a tag', async () => {
    manifest('1.1.0-beta.1');
    const r = await npm('publish', '--access', 'public', '--tag', 'beta');
    eq(r.code, 0, r.err);
    const tags = await view(name, 'dist-tags');
    eq(tags.latest, '1.0.0');
    eq(tags.beta, '1.1.0-beta.1');
});
await check('npm dist-tag add and rm', async () => {
    let r = await npm('dist-tag', 'add', `${name}@1.0.0`, 'stable');
    eq(r.code, 0, r.err);
    eq((await view(name, 'dist-tags')).stable, '1.0.0');
    r = await npm('dist-tag', 'rm', name, 'stable');
    eq(r.code, 0, r.err);
    eq((await view(name, 'dist-tags')).stable, undefined);
});
await check('npm deprecate', async () => {
    const r = await npm('deprecate', `${name}@1.0.0`, 'use something else');
    eq(r.code, 0, r.err);
    eq(await view(`${name}@1.0.0`, 'deprecated'), 'use something else');
});
await check('what was published is installed', async () => {
    const other = path.join(folder, 'other');
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, 'package.json'), '{"name":"t","version":"1.0.0","private":true}');
    const r = await npm('install', '--prefix', other, '--no-audit', '--no-fund', `${name}@beta`);
    eq(r.code, 0, r.err);
    eq(JSON.parse(fs.readFileSync(path.join(other, 'node_modules', name, 'package.json'))).version, '1.1.0-beta.1');
});
await check('npm pack of a package of the registry', async () => {
    const r = await npm('pack', 'left-box@1.0.0');
    eq(r.code, 0, r.err);
    ok(fs.existsSync(path.join(folder, 'left-box-1.0.0.tgz')));
});
await check('npm search', async () => {
    const r = await npm('search', 'left-box', '--json');
    eq(r.code, 0, r.err);
    ok(JSON.parse(r.out).some((one) => one.name === 'left-box'), r.out);
});
await check('npm unpublish of one version and of the rest', async () => {
    let r = await npm('unpublish', `${name}@1.1.0-beta.1`, '--force');
    eq(r.code, 0, r.err);
    eq((await view(name, 'dist-tags')).beta, undefined);
    r = await npm('unpublish', name, '--force');
    eq(r.code, 0, r.err);
    r = await npm('view', name, '--prefer-online');
    ok(r.code !== 0 && /E404/.test(r.err), r.err);
});
await check("somebody else's package is not ours to publish (403)", async () => {
    manifest('99.0.0', { name: 'lodash' });
    const r = await npm('publish', '--access', 'public');
    ok(r.code !== 0 && /403/.test(r.err), r.err);
});
await check('a token that may only read', async () => {
    manifest('2.0.0', { name: '@octo/other' });
    login('npm_stub_readonly');
    const r = await npm('publish', '--access', 'public');
    ok(r.code !== 0 && /403/.test(r.err), r.err);
});
await check('a second factor is asked for, and taken', async () => {
    login('npm_stub_2fa');
    let r = await npm('publish', '--access', 'public');
    ok(r.code !== 0 && /EOTP|one-time/.test(r.err), r.err);
    r = await npm('publish', '--access', 'public', '--otp', '123456');
    eq(r.code, 0, r.err);
});
await check('a token that nobody has', async () => {
    login('npm_bogus');
    const r = await npm('whoami');
    ok(r.code !== 0 && /E401/.test(r.err), r.err);
});
fs.rmSync(folder, { recursive: true, force: true });
done();
