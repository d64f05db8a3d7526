import type { AccountNaming } from '@gatehouse/access';
import { canonicalEmail } from '@gatehouse/features/users';
import { Injectable } from '@nestjs/common';

/** The account that a sign-in or a forgotten password is about, so that limits can be counted by it. */
@Injectable()
export class AccountInBody implements AccountNaming {
  accountIn(body: unknown): string | undefined {
    const email: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'email') : undefined;
    // The body isn't validated yet when limits are counted: what can't be an address names nobody.
    return typeof email === 'string' && email.length <= 254 ? canonicalEmail(email) : undefined;
  }
}
