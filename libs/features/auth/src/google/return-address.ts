import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Problem } from '@gatehouse/platform/http';
import { Inject, Injectable } from '@nestjs/common';

/**
 * An address in full or a path, in printable ASCII without the backslash: browsers take that for a slash, and strip
 * what can't be seen. Other schemes may claim an origin of ours, as `blob:` does.
 */
const form = /^(?:https?:\/\/|\/)[\x21-\x5b\x5d-\x7e]*$/i;
const longest = 1_024;

/** Where somebody may be sent to after a sign-in: pages of this service or of an allowed origin (RFC 9700, section 4.11). */
@Injectable()
export class ReturnAddress {
  private readonly home: string;
  private readonly origins: ReadonlySet<string>;

  constructor(@Inject(CONFIGURATION) { PUBLIC_URL, ALLOWED_ORIGINS }: Configuration) {
    this.home = PUBLIC_URL;
    this.origins = new Set([new URL(PUBLIC_URL).origin, ...ALLOWED_ORIGINS]);
  }

  /**
   * The address in full; PUBLIC_URL where none was asked for, and what a path is relative to.
   * @throws Problem VALIDATION_FAILED
   */
  resolve(wanted = this.home): string {
    const sound = wanted.length <= longest && form.test(wanted) && URL.canParse(wanted, this.home);
    const url = sound ? new URL(wanted, this.home) : undefined;
    if (url === undefined || !this.origins.has(url.origin) || url.username !== '' || url.password !== '') {
      throw new Problem('VALIDATION_FAILED', {
        errors: [{ field: 'returnTo', message: 'must be an address of this service or of an allowed origin' }],
      });
    }
    return url.href;
  }
}
