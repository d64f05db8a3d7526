import { PrincipalCache } from '@gatehouse/access';
import { generateKeyPair, SignJWT } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import type { Api, Person } from '../../kit/api.js';
import { signedByTheService } from '../../kit/signing.js';
import { matrix, type Route } from './committed.js';
import type { Standing } from './expectation.js';

/** Somebody to probe as: who they are said to be, what they hold, and what they present. */
export interface Caller extends Standing {
  readonly label: string;
  readonly token?: string;
  readonly person?: Person;
}

/** A role of the suite's own that holds nothing and that no route names. */
export const bystander = 'matrix-bystander';

/** A grant of a permission; without times it holds from long ago and for good. */
export interface Grant {
  readonly permission: string;
  readonly startsAt?: Date;
  readonly expiresAt?: Date;
}

export interface Wanted {
  readonly role?: string;
  readonly grants?: readonly (string | Grant)[];
  readonly secondFactor?: boolean;
  readonly signedInMsAgo?: number;
  readonly sessionExpiresAt?: Date;
}

/** Makes a signed-in user as wanted, in the database, where every way of coming to hold something ends. */
export async function makeCaller(api: Api, label: string, wanted: Wanted = {}): Promise<Caller> {
  const { role = bystander, grants = [], secondFactor = false, signedInMsAgo = 0, sessionExpiresAt } = wanted;
  const person = await api.person(role);
  const created = new Date(api.clock.milliseconds() - signedInMsAgo);
  await api.database.query(
    `UPDATE sessions SET second_factor = $2, created_at = $3, expires_at = COALESCE($4, expires_at) WHERE user_id = $1`,
    [person.id, secondFactor, created, sessionExpiresAt ?? null],
  );
  const given = grants.map((grant): Grant => (typeof grant === 'string' ? { permission: grant } : grant));
  for (const { permission, startsAt = new Date(0), expiresAt = null } of given) {
    await api.database.query(
      `INSERT INTO grants (id, user_id, permission, starts_at, expires_at, granted_by, created_at)
       VALUES ($1, $2, $3, $4, $5, $2, $4)`,
      [uuidv7(), person.id, permission, startsAt, expiresAt],
    );
  }
  api.app.get(PrincipalCache).forget(`user:${person.id}`);
  const names = given.map(({ permission }) => permission);
  const standing = { credential: 'live', role, grants: names, secondFactor, signedInMsAgo } as const;
  return { label, ...standing, token: person.token, person };
}

/** Nobody: without a token, and with tokens that don't hold. */
export async function strangers(api: Api): Promise<Caller[]> {
  const nothing = { role: '', grants: [], secondFactor: false, signedInMsAgo: 0 };
  const { token } = await api.person('admin');
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const header = { alg: 'EdDSA', kid: 'test', typ: 'at+jwt' };
  const invalid = {
    'a token signed by somebody else': await new SignJWT(claims).setProtectedHeader(header).sign(privateKey),
    'an expired token': await signedByTheService({ ...claims, exp: claims.iat }),
    "a token of somebody's that names an admin's session": await signedByTheService({ ...claims, sub: uuidv7() }),
    'a token for a session that never was': await signedByTheService({ ...claims, sid: uuidv7() }),
    'no token but some text': 'forged',
  };
  return [
    { label: 'anonymous', credential: 'none', ...nothing },
    ...Object.entries(invalid).map(([label, token]): Caller => ({ label, credential: 'invalid', ...nothing, token })),
  ];
}

/** Those whom every route is probed as: each role with and without a second factor, and each permission by itself. */
export async function residents(api: Api): Promise<Caller[]> {
  const roles = [...matrix.roles.map(({ name }) => name), bystander];
  return Promise.all([
    ...roles.map((role) => makeCaller(api, role, { role })),
    ...roles.map((role) => makeCaller(api, `${role} with a second factor`, { role, secondFactor: true })),
    ...matrix.permissions.map((permission) =>
      makeCaller(api, `${permission} alone`, { grants: [permission], secondFactor: true }),
    ),
  ]);
}

/** Exactly what the route asks for and nothing more; where one of several permissions will do, the one said. */
export function exactly({ roles, permissions, secondFactor, maxAgeSeconds }: Route, sufficient?: string) {
  const { mode = 'any', names = [] } = permissions ?? {};
  return {
    role: roles?.[0] ?? bystander,
    grants: mode === 'all' ? names : sufficient === undefined ? names.slice(0, 1) : [sufficient],
    secondFactor,
    signedInMsAgo: (maxAgeSeconds ?? 0) * 1_000,
  };
}

/** The one who just may, and for each thing that the route asks for one who lacks that alone. */
export async function borderline(api: Api, route: Route): Promise<Caller[]> {
  const { permissions, roles, owner, secondFactor, maxAgeSeconds } = route;
  const enough = exactly(route);
  const without = (...names: readonly string[]) => matrix.permissions.filter((name) => !names.includes(name));
  const tooOld = enough.signedInMsAgo + 1;
  const wanted: [string, Wanted][] = [
    ['exactly enough', enough],
    ['nothing of it', { signedInMsAgo: tooOld }],
  ];
  if (roles !== null) wanted.push(['every permission and no role', { ...enough, role: bystander, grants: without() }]);
  for (const role of roles ?? []) wanted.push([`enough as ${role}`, { ...enough, role }]);
  if (permissions?.mode === 'any') {
    wanted.push(['every permission but those', { ...enough, grants: without(...permissions.names) }]);
    for (const name of permissions.names) wanted.push([`enough by ${name}`, exactly(route, name)]);
  }
  if (permissions?.mode === 'all') {
    for (const name of permissions.names) {
      wanted.push([`every permission but ${name}`, { ...enough, grants: without(name) }]);
    }
  }
  if (typeof owner?.unless === 'string') {
    wanted.push(['enough, and may do it to anything', { ...enough, grants: [...enough.grants, owner.unless] }]);
    wanted.push([`every permission but ${owner.unless}`, { ...enough, grants: without(owner.unless) }]);
  }
  if (secondFactor) wanted.push(['enough without a second factor', { ...enough, secondFactor: false }]);
  if (maxAgeSeconds !== null) wanted.push(['enough a millisecond too late', { ...enough, signedInMsAgo: tooOld }]);
  return Promise.all(wanted.map(([label, one]) => makeCaller(api, label, one)));
}
