import { arrivalOf, Draw, type SeedPlan, type SeedStage, type SeedValue, seededId } from '@gatehouse/platform/seeding';
import { canonicalEmail } from '../canonical-email.js';
import { firstNames, lastNames } from './names.js';

const kind = 1;

const columns = [
  'id',
  'email',
  'canonical_email',
  'name',
  'email_verified_at',
  'password_hash',
  'role',
  'disabled_at',
  'deleted_at',
  'created_at',
  'updated_at',
];

/** The id of the plan's `index`th user. */
export function seededUserId(plan: SeedPlan, index: number): string {
  return seededId(arrivalOf(plan, kind, index, plan.users), plan.seed, kind, index);
}

/**
 * Customers nobody can sign in as: they have no password, and nobody has shown that their addresses, which lie below a
 * name that can't be registered, are theirs.
 */
export function usersSeed(plan: SeedPlan): SeedStage {
  const rows = function* (from: number, to: number) {
    for (let index = from; index < to; index += 1) yield userRow(plan, index);
  };
  return { things: 'users', tables: [{ table: 'users', columns, rows }] };
}

function userRow(plan: SeedPlan, index: number): SeedValue[] {
  const draw = new Draw(plan.seed, kind, index);
  const [first, last] = [draw.of(firstNames), draw.of(lastNames)];
  const email = `${plainLetters(first)}.${plainLetters(last)}.${index + 1}@seed-${plan.seed}.example`;
  const arrival = arrivalOf(plan, kind, index, plan.users);
  const created = new Date(arrival);
  // Every fiftieth, at some time between the arrival and the plan's end.
  const disabled =
    draw.fraction() < 0.02 ? new Date(arrival + draw.fraction() * (plan.until.getTime() - arrival)) : null;
  return [
    seededUserId(plan, index),
    email,
    canonicalEmail(email),
    `${first} ${last}`,
    null,
    null,
    'customer',
    disabled,
    null,
    created,
    disabled ?? created,
  ];
}

const withoutParts: Readonly<Record<string, string>> = { ø: 'o', ı: 'i', ł: 'l' };

/** What is left for an address when marks are taken off letters. */
function plainLetters(name: string): string {
  const bare = name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '');
  return bare.replaceAll(/[^a-z]/g, (letter) => withoutParts[letter] ?? '');
}
