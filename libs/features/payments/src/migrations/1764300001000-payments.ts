import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every attempt to pay an order, a ledger of what became of each, and what the provider's webhook has told. */
export class Payments1764300001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.createPayments(runner);
    await this.createLedger(runner);
    // The same event told again, at the same moment or a day later, meets its own name here.
    await runner.query(`
      CREATE TABLE payment_events (
        provider text NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        received_at timestamptz NOT NULL,
        PRIMARY KEY (provider, event_id)
      )`);
    await runner.query('CREATE INDEX payment_events_by_age ON payment_events (received_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE payment_events');
    await runner.query('DROP TABLE payment_entries');
    await runner.query('DROP TABLE payments');
  }

  private async createPayments(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL CONSTRAINT payments_of_order REFERENCES orders,
        provider text NOT NULL,
        provider_ref text,
        status text NOT NULL CONSTRAINT payments_known_status CHECK (status IN
          ('created', 'open', 'succeeded', 'cancelled', 'refunding', 'refund-failed', 'refunded')),
        amount bigint NOT NULL CONSTRAINT payments_amount_never_negative CHECK (amount >= 0),
        currency char(3) NOT NULL,
        settles boolean NOT NULL DEFAULT false,
        refund_ref text,
        refund_attempts smallint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        checked_at timestamptz NOT NULL,
        CONSTRAINT payments_once_at_provider UNIQUE (provider, provider_ref)
      )`);
    // An order is paid by one payment at the most, and has one at the most that somebody could still make.
    await runner.query(
      "CREATE UNIQUE INDEX payments_one_live ON payments (order_id) WHERE status IN ('created', 'open')",
    );
    await runner.query('CREATE UNIQUE INDEX payments_one_settling ON payments (order_id) WHERE settles');
    await runner.query('CREATE INDEX payments_by_order ON payments (order_id, id)');
    await runner.query(
      "CREATE INDEX payments_unsettled ON payments (checked_at) WHERE status IN ('created', 'open', 'refunding')",
    );
    await runner.query("SELECT audit_table('payments', 'payment', 'id', '{}', '{updated_at,checked_at}')");
  }

  private async createLedger(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_entries (
        id uuid PRIMARY KEY,
        payment_id uuid NOT NULL CONSTRAINT payment_entries_of_payment REFERENCES payments,
        kind text NOT NULL,
        amount bigint NOT NULL,
        currency char(3) NOT NULL,
        event_id text,
        reason text,
        recorded_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX payment_entries_by_payment ON payment_entries (payment_id, id)');
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON payment_entries FROM %I', current_database() || '_application');
      END $$`);
    await runner.query("SELECT audit_table('payment_entries', 'payment-entry', 'id', '{}', '{}')");
  }
}
