import type { Mutant } from '../mutant.js';

const webhook = ['test/security/webhook.spec.ts'];
const payments = ['test/e2e/payments.spec.ts'];
const races = ['test/races/payments.spec.ts'];
const orderRaces = ['test/races/orders.spec.ts'];
const placing = ['test/e2e/orders.spec.ts'];
const stripe = 'dist/libs/platform/payments/src/stripe-provider.js';
const ledger = 'dist/libs/features/payments/src/payment-ledger.js';
const repository = 'dist/libs/features/payments/src/payments.repository.js';
const service = 'dist/libs/features/payments/src/payments.service.js';
const inbox = 'dist/libs/features/payments/src/webhook.service.js';
const orders = 'dist/libs/features/orders/src/orders.service.js';
const orderRows = 'dist/libs/features/orders/src/orders.repository.js';
const idempotent = 'dist/libs/platform/idempotency/src/idempotent.js';

/** The webhook: who tells, and how often. */
export const webhookMutants: readonly Mutant[] = [
  {
    name: 'S57 a signature of the future is taken',
    file: stripe,
    find: 'if (signedAt(signature) * 1_000 > now + toleranceSeconds * 1_000)',
    replace: 'if (false)',
    suites: webhook,
  },
  {
    name: 'S57 the age of a signature is measured by another clock',
    file: stripe,
    find: 'toleranceSeconds, undefined, now)',
    replace: 'toleranceSeconds)',
    suites: webhook,
  },
  {
    name: 'S57 a signature of any age is taken',
    file: stripe,
    find: 'const toleranceSeconds = 300;',
    replace: 'const toleranceSeconds = 3e8;',
    suites: webhook,
  },
  {
    name: 'S57 the body is signed as it was parsed',
    file: 'dist/libs/platform/http/src/raw-body.js',
    find: 'done(null, body)',
    replace: 'done(null, Buffer.from(JSON.stringify(JSON.parse(body.toString()))))',
    suites: webhook,
  },
  {
    name: 'S57 an event that was received is acted on again',
    file: inbox,
    find: ', this.clock.now())))\n                return;',
    replace: ', this.clock.now())))\n                ;',
    suites: webhook,
  },
  {
    name: 'S57 a success is taken in whatever state the payment is',
    file: repository,
    find: "'SELECT id FROM payments WHERE id = $1 AND status = ANY ($2) FOR UPDATE'",
    replace: "'SELECT id FROM payments WHERE id = $1 AND $2::text[] IS NOT NULL FOR UPDATE'",
    suites: webhook,
  },
  {
    name: 'S57 the name that we gave is believed over the provider’s',
    file: inbox,
    find: 'named.providerRef === null',
    replace: 'true',
    suites: webhook,
  },
];

/** Money: what it pays, and that it goes back once. */
export const paymentMutants: readonly Mutant[] = [
  {
    name: 'any amount pays',
    file: ledger,
    find: 'amount === payment.amount &&',
    replace: '',
    suites: payments,
  },
  {
    name: 'any currency pays',
    file: ledger,
    find: '&& currency === payment.currency',
    replace: '',
    suites: payments,
  },
  {
    name: 'a payment is begun for an order that waits for none any more',
    file: ledger,
    find: 'if (!(await this.orders.awaitsPayment(payment.orderId)))',
    replace: 'if (false)',
    suites: races,
  },
  {
    name: 'the provider is asked within a transaction',
    file: service,
    find: 'const found = await this.found(payment);',
    replace:
      'const found = await this.ledger.transactions.run(async () => { await this.repository.byId(payment.id); return this.found(payment); });',
    suites: payments,
  },
  {
    name: 'what was shipped goes back into the stock',
    file: orders,
    find: "if (moved.from !== 'fulfilled')",
    replace: 'if (true)',
    suites: payments,
  },
  {
    name: 'an order is shipped while its refund is under way',
    file: orderRows,
    find: "AND ($2 <> 'fulfilled' OR refund_requested_at IS NULL)",
    replace: '',
    suites: payments,
  },
];

/** Orders: their moves, and their keys. */
export const orderMutants: readonly Mutant[] = [
  {
    name: 'an order moves from any state',
    file: orderRows,
    find: 'AND before.status = ANY ($4)',
    replace: 'AND $4::text[] IS NOT NULL',
    suites: [...orderRaces, ...races],
  },
  {
    name: 'S56 a key in use is no reason to wait',
    file: idempotent,
    find: 'if (lock?.held !== true)',
    replace: 'if (false)',
    suites: orderRaces,
  },
  {
    name: 'S56 a key is good for any body',
    file: idempotent,
    find: 'if (!stored.requestHash.equals(hash))',
    replace: 'if (false)',
    suites: placing,
  },
];
