import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeySet, newKeySet, rotated } from '@gatehouse/features/auth';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { readToken, signedWith } from '../kit/signing.js';
import { until } from '../kit/until.js';

const minute = 60_000;
const kidOf = (token: string) => readToken(token).header['kid'];

describe('S13 the rotation of signing keys, by the clock', () => {
  let folder: string;
  let file: string;
  let api: Api;
  let before: KeySet;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'));
    file = join(folder, 'keys.json');
    before = await newKeySet(new Date());
    await keep(before);
    api = await startApi({ environment: { JWT_KEYS: '', JWT_KEYS_FILE: file } });
    api.clock.hold();
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  const keep = (keys: KeySet) => writeFile(file, JSON.stringify(keys));
  const published = async () => {
    const { keys } = (await api.get('/.well-known/jwks.json')).body;
    return keys.map(({ kid }: { kid: string }) => kid);
  };
  const status = async (token: string) => (await api.get('/api/auth/session', { token })).status;
  const accessToken = async ({ refreshToken }: Person) =>
    (await api.post('/api/auth/refresh', { body: { refreshToken } })).body.data.accessToken;
  const kids = ({ keys }: KeySet) => keys.map(({ kid }) => kid);
  /** A token of this session that is good for a day: whoever stole a key would make such. */
  const longLived = (keys: KeySet, { token }: Person, kid?: string) => {
    const jwk = keys.keys.find((key) => key.kid === kid);
    if (jwk === undefined) throw new Error('no such key');
    const { claims } = readToken(token);
    return signedWith(jwk, { ...claims, exp: (claims.exp ?? 0) + 86_400 });
  };

  it('publishes a key before it signs, accepts both in the overlap, and refuses the old one after it', async () => {
    const [first, second, third, fourth] = await Promise.all([0, 0, 0, 0].map(() => api.person()));
    if (!first || !second || !third || !fourth) throw new Error('nobody');
    const after = await rotated(before, api.clock.now());
    const [fresh, old] = kids(after);
    await keep(after);
    await until('the new key is published', async () => (await published()).length === 2);
    expect(await published()).toEqual([fresh, old]);
    expect(kidOf(await accessToken(first))).toBe(old);

    api.clock.advance(10 * minute - 1_000);
    const last = await accessToken(second);
    expect(kidOf(last)).toBe(old);
    api.clock.advance(2_000);
    const next = await accessToken(third);
    expect(kidOf(next)).toBe(fresh);
    for (const token of [last, next]) expect(await status(token)).toBe(200);

    const stolen = longLived(after, first, old);
    api.clock.advance(15 * minute - 4_000);
    expect(await status(last), 'to its last seconds').toBe(200);
    expect(await status(stolen)).toBe(200);
    expect(await published()).toEqual([fresh, old]);
    api.clock.advance(minute + 10_000);
    expect(await status(stolen), 'accepted before, and refused with its key').toBe(401);
    expect(await status(longLived(after, second, old)), 'never seen before').toBe(401);
    expect(await published()).toEqual([fresh]);
    expect(await status(await accessToken(fourth))).toBe(200);
    before = { keys: after.keys.filter(({ kid }) => kid === fresh) };
  });

  it('refuses within seconds what a key signed that is taken out of the file, accepted before or not', async () => {
    const [seen, unseen] = [await api.person(), await api.person()];
    expect(await status(seen.token)).toBe(200);
    before = await newKeySet(api.clock.now());
    await keep(before);
    await until('the new key alone is published', async () => (await published()).join() === kids(before).join());
    for (const { token } of [seen, unseen]) expect(await status(token)).toBe(401);
    expect(await status(await accessToken(seen)), 'the session lives, and gets a token of the new key').toBe(200);
  });

  it('goes by the key and not by its id when a file holds the one anew, or the other under the same id', async () => {
    const { token } = await api.person();
    expect(await status(token)).toBe(200);
    const [other] = (await newKeySet(api.clock.now())).keys;
    const [mine] = before.keys;
    if (mine === undefined || other === undefined) throw new Error('no keys');
    await keep({ keys: [mine, { ...other, nbf: 4_102_444_800 }] });
    await until('both are published', async () => (await published()).length === 2);
    expect(await status(token)).toBe(200);
    // The id of the old one over a key of another: what counts is the key.
    await keep({ keys: [{ ...other, kid: mine.kid }] });
    await until('one is published', async () => (await published()).length === 1);
    expect(await status(token)).toBe(401);
    before = { keys: [{ ...other, kid: mine.kid }] };
  });

  it('signs with the newest whose time has come, and by the order of the set where none says a time', async () => {
    const sets = await Promise.all([0, 0, 0].map(() => newKeySet(api.clock.now())));
    const [one, two, three] = sets.flatMap(({ keys }) => keys);
    if (!one || !two || !three) throw new Error('no keys');
    const seconds = Math.floor(api.clock.milliseconds() / 1_000);
    const signer = async (keys: KeySet['keys']) => {
      await keep({ keys });
      const live = kids({ keys: keys.filter(({ exp = Infinity }) => exp > seconds) })
        .sort()
        .join();
      await until('the file is read', async () => (await published()).sort().join() === live);
      return kidOf((await api.person()).token);
    };
    expect(await signer([one, two])).toBe(one.kid);
    expect(await signer([one, { ...two, nbf: seconds - 5 }, { ...three, nbf: seconds - 9 }])).toBe(two.kid);
    expect(await signer([one, { ...two, nbf: seconds - 5, exp: seconds }])).toBe(one.kid);
    expect(
      await signer([
        { ...one, exp: seconds + 60 },
        { ...two, nbf: seconds + 60 },
      ]),
    ).toBe(one.kid);
    before = { keys: [{ ...one, exp: seconds + 60 }, two] };
  });
});

describe('S13 keys of a running process', () => {
  let database: Api['database'];
  let helper: Api;
  let folder: string;
  let file: string;
  let running: Running;
  let url: string;
  const environment = () => ({
    NODE_ENV: 'development',
    DATABASE_URL: database.url,
    DATA_DIR: folder,
    DEMO_DATA: 'false',
    RATE_LIMIT_FACTOR: '10000',
    RATE_LIMIT_ANONYMOUS: '1000000/15m',
    ENCRYPTION_KEYS: inject('server').secrets['ENCRYPTION_KEYS'] ?? '',
    JWT_KEYS_FILE: file,
  });
  beforeAll(async () => {
    helper = await startApi();
    database = helper.database;
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'));
    file = join(folder, 'keys.json');
    await writeFile(file, JSON.stringify(await newKeySet(new Date())));
    await chmod(file, 0o644);
    running = start('api', [], environment());
    url = await running.listening();
  });
  afterAll(async () => {
    expect(await running.stop()).toBe(0);
    await helper.close();
    await rm(folder, { recursive: true });
  });

  const keys = async (...parameters: string[]) => {
    const command = start('cli', ['keys', ...parameters], environment());
    return { code: await command.exit(), output: command.output };
  };
  const signIn = async () => {
    const { email, password } = await helper.person();
    return (await send(`${url}/api/auth/login`, 'POST', { body: { email, password } })).body.data;
  };
  const status = async (token: string) => (await send(`${url}/api/auth/session`, 'GET', { token })).status;
  const published = async (): Promise<number> => (await send(`${url}/.well-known/jwks.json`, 'GET')).body.keys.length;

  it('`keys rotate` lets the tokens of before and after be good side by side', async () => {
    const { accessToken: old } = await signIn();
    const { code, output } = await keys('rotate', '--lead', '3s');
    expect(code, output).toBe(0);
    expect(output).toMatch(/^The new key signs from .*Z; the others verify until .* read \S+ within seconds\n$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await until('both are published', async () => (await published()) === 2);
    await until('the new one signs', async () => kidOf((await signIn()).accessToken) !== kidOf(old));
    expect(await status(old)).toBe(200);
    expect(await status((await signIn()).accessToken)).toBe(200);
  });

  it('`keys rotate --now` refuses at once what the compromised key signed, tokens in use included', async () => {
    const { accessToken: old, refreshToken } = await signIn();
    expect(await status(old)).toBe(200);
    const { code, output } = await keys('rotate', '--now');
    expect(code, output).toBe(0);
    await until('the old token is refused', async () => (await status(old)) === 401);
    expect(await published()).toBe(1);
    const next = await send(`${url}/api/auth/refresh`, 'POST', { body: { refreshToken } });
    expect(await status(next.body.data.accessToken)).toBe(200);
  });

  it('S52 S53 tells in the trail which keys it has taken up, by their ids', async () => {
    const kept = JSON.parse(await readFile(file, 'utf8'));
    const kids = kept.keys.map(({ kid }: { kid: string }) => kid);
    const recorded = () =>
      database.query<{ details: { kids: string[] } }>(
        "SELECT details - 'count' - 'lastAt' AS details FROM audit_entries WHERE action = 'signing-keys.changed'",
      );
    await until('it is written', async () =>
      (await recorded()).some(({ details }) => details.kids.join() === kids.join()),
    );
    expect(JSON.stringify(await recorded())).not.toContain(kept.keys[0].d);
  });

  it('a broken key file changes nothing but the log, and a mended one is read', async () => {
    const { accessToken } = await signIn();
    const good = await readFile(file, 'utf8');
    const [key] = JSON.parse(good).keys;
    const [other] = (await newKeySet(new Date())).keys;
    const unsound = [
      { ...key, x: other?.x },
      { ...key, nbf: 4_102_444_800 },
      { ...key, exp: 1 },
    ];
    for (const broken of ['{"keys":[', ...unsound.map((one) => JSON.stringify({ keys: [one] }))]) {
      const said = running.output.length;
      await writeFile(file, broken);
      await until('the log says so', async () => running.output.slice(said).includes('JWT_KEYS_FILE'));
      expect(await status(accessToken)).toBe(200);
      expect(await status((await signIn()).accessToken)).toBe(200);
    }
    expect(running.output).not.toContain(key.d);
    await writeFile(file, good);
    expect((await keys('rotate')).code).toBe(0);
    await until('it is read again', async () => (await published()) === 2);
  }, 60_000);

  it('`keys` that can do nothing says why in a line and changes nothing', async () => {
    const before = await readFile(file, 'utf8');
    const refused = async (...parameters: string[]) => {
      const { code, output } = await keys(...parameters);
      expect(code, output).toBe(1);
      expect(output.trim()).not.toContain('\n');
      return output;
    };
    await Promise.all([
      refused().then((said) => expect(said).toContain('Usage: keys generate | rotate')),
      refused('turn').then((said) => expect(said).toContain('Usage')),
      refused('rotate', '--soon').then((said) => expect(said).toContain("Unknown option '--soon'")),
      refused('rotate', '--lead', 'later').then((said) => expect(said).toContain('"later" is no duration')),
      refused('rotate', '--now', '--lead', '5m').then((said) => expect(said).toContain('--now has no lead')),
    ]);
    await writeFile(`${file}.new`, 'half');
    expect(await refused('rotate', '--now')).toContain('keys.json.new exists');
    await rm(`${file}.new`);
    expect(await readFile(file, 'utf8')).toBe(before);
    await writeFile(file, 'no keys');
    expect(await refused('rotate')).toContain('must be a JWK Set');
    expect(await readFile(file, 'utf8')).toBe('no keys');
    await rm(file);
    expect(await refused('rotate')).toContain('no such file');
    await writeFile(file, before, { mode: 0o600 });
  }, 120_000);

  it('`keys rotate` prints the new JWT_KEYS where they are in the environment, and says what to do', async () => {
    const [old] = JSON.parse(inject('server').secrets['JWT_KEYS'] ?? '').keys;
    const command = start('cli', ['keys', 'rotate'], { ...environment(), ...inject('server').secrets });
    expect(await command.exit(), command.output).toBe(0);
    const [, printed = ''] = /^JWT_KEYS=(.*)$/m.exec(command.output) ?? [];
    const set = JSON.parse(printed);
    expect(set.keys).toHaveLength(2);
    expect(set.keys[1]).toMatchObject({ ...old, exp: expect.any(Number) });
    expect(command.output).toContain('Put this in the place of JWT_KEYS');
  });

  it('`keys generate` prints what a process starts with', async () => {
    const command = start('cli', ['keys', 'generate'], {});
    expect(await command.exit()).toBe(0);
    expect(command.output).toMatch(/^JWT_KEYS=\{.*\}\nENCRYPTION_KEYS=[\w-]+:[A-Za-z0-9+/]{43}=\n$/);
    const printed = Object.fromEntries(
      command.output
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const api = await startApi({ environment: printed });
    expect((await api.get('/api/auth/session', { token: (await api.person()).token })).status).toBe(200);
    await api.close();
  });
});
