import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Passwords } from '@gatehouse/features/auth';
import { catalogueProduct, ProductsService } from '@gatehouse/features/products';
import { UsersService } from '@gatehouse/features/users';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import { Transactions } from '@gatehouse/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

const roles = ['admin', 'manager', 'support', 'auditor', 'customer'] as const;
const firstProducts = 50;

const personas = z.array(z.object({ role: z.enum(roles), email: z.string(), password: z.string() }));

/** Somebody to try the API as; exists in development only. */
export type Persona = z.infer<typeof personas>[number];

/** What a newcomer finds on the first start: a person of each role and some products. */
@Injectable()
export class DemoService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly products: ProductsService,
    private readonly transactions: Transactions,
    private readonly context: RequestContext,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Where the personas' passwords are kept. */
  get file(): string {
    return join(this.configuration.DATA_DIR, 'personas.json');
  }

  /**
   * Makes the personas and the first products in an empty database of a development start; else does nothing.
   * @returns whether it made them.
   */
  async prepare(): Promise<boolean> {
    if (this.configuration.NODE_ENV !== 'development' || !this.configuration.DEMO_DATA) return false;
    const [row] = await this.transactions.query<{ empty: boolean }>('SELECT NOT EXISTS (SELECT FROM users) AS empty');
    if (row?.empty !== true) return false;
    await this.acting(async () => {
      const made = await this.makePersonas();
      await this.makeProducts(0, firstProducts);
      await mkdir(this.configuration.DATA_DIR, { recursive: true, mode: 0o700 });
      await writeFile(this.file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    });
    return true;
  }

  /** Adds `count` products to those there are. */
  async addProducts(count: number): Promise<void> {
    const [row] = await this.transactions.query<{ known: number }>('SELECT count(*)::int AS known FROM products');
    await this.acting(() => this.makeProducts(row?.known ?? 0, count));
  }

  /** The personas of this data folder; `undefined` where there are none. */
  async personas(): Promise<Persona[] | undefined> {
    const text = await readFile(this.file, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : personas.parse(JSON.parse(text));
  }

  private acting(work: () => Promise<void>): Promise<void> {
    return this.context.run({ requestId: uuidv7(), process: 'seed' }, () => this.transactions.run(work));
  }

  private async makePersonas(): Promise<Persona[]> {
    const made: Persona[] = [];
    for (const role of roles) {
      const persona = { role, email: `${role}@demo.example`, password: randomBytes(12).toString('base64url') };
      const passwordHash = await this.passwords.hash(persona.password);
      const { email } = persona;
      await this.users.create({ email, name: `Demo ${role}`, role, passwordHash, emailVerified: true });
      made.push(persona);
    }
    return made;
  }

  private async makeProducts(from: number, count: number): Promise<void> {
    for (let index = from; index < from + count; index += 1) await this.products.create(catalogueProduct(0, index));
  }
}
