import { createHmac, timingSafeEqual } from 'node:crypto';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Injectable } from '@nestjs/common';
import { IsString, Matches, MaxLength, registerDecorator, type ValidationArguments } from 'class-validator';
import { PageQuery } from './page.js';
import { Problem } from './problem.js';
import { MayBeAbsent } from './validation.js';

function InsteadOfPage(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'insteadOfPage',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (_cursor: unknown, args?: ValidationArguments) =>
          !(args?.object instanceof CursorQuery) || args.object.page === 1,
        defaultMessage: () => 'is given instead of a page',
      },
    });
  };
}

/** What a list takes that can be read by cursor as well: there is no end to how deep that reaches. */
export class CursorQuery extends PageQuery {
  /** `nextCursor` of the page before, instead of `page`; good for the same sort and filters alone. */
  @MayBeAbsent()
  @IsString()
  @MaxLength(2_000)
  @Matches(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}$/, { message: 'is not a cursor' })
  @InsteadOfPage()
  cursor?: string;
}

/**
 * Positions in lists, as opaque texts that clients hand back (keyset pagination). Each is authenticated with a key outside
 * the database, for its own list alone: what a client makes up or takes elsewhere is refused.
 */
@Injectable()
export class Cursors {
  private readonly keys: readonly Buffer[];

  constructor(keyRing: KeyRing) {
    this.keys = keyRing.derive('list cursor');
  }

  /** @param list names the list with its sort and all of its filters. @param position the last item's sort keys. */
  issue(list: string, position: readonly string[]): string {
    const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
    return `${payload}.${this.tag(this.keys[0], list, payload).toString('base64url')}`;
  }

  /** @throws Problem VALIDATION_FAILED where the cursor isn't one of this very list. */
  read(list: string, cursor: string): string[] {
    const [payload = '', tag = ''] = cursor.split('.');
    const given = Buffer.from(tag, 'base64url');
    const isOurs = this.keys.some((key) => {
      const expected = this.tag(key, list, payload);
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
    if (!isOurs) {
      const message = 'belongs to another list, sort or filter';
      throw new Problem('VALIDATION_FAILED', { errors: [{ field: 'cursor', message }] });
    }
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  }

  private tag(key: Buffer | undefined, list: string, payload: string): Buffer {
    return createHmac('sha256', key ?? '')
      .update(`${payload} ${list}`)
      .digest()
      .subarray(0, 16);
  }
}
