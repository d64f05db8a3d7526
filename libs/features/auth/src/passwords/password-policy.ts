import { Problem } from '@gatehouse/platform/http';
import { isCommonPassword } from './common-passwords.js';
import { normalise } from './passwords.js';

/** Whose password it shall be. */
export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
}

/** The name of the service is as easy a guess as the user's own (ASVS 5.0, 6.2.11). */
const ownWords = ['gatehouse'];
/** As many digits and signs as a date has don't make a name a secret. */
const decoration = 8;

/**
 * Refuses a new password that is guessed first (NIST SP 800-63B-4, section 3.1.1.2): a common one, or the owner's address,
 * its local part or their name, dressed up with a few digits and signs at most. Asks for no kinds of characters.
 * @throws Problem VALIDATION_FAILED on `field`
 */
export async function assertAcceptable(password: string, owner: PasswordOwner, field = 'password'): Promise<void> {
  const folded = normalise(password).toLowerCase();
  const refuse = (message: string) => new Problem('VALIDATION_FAILED', { errors: [{ field, message }] });
  if (await isCommonPassword(folded)) throw refuse('is one of the passwords that are guessed first; choose another');
  if (isPersonal(folded, owner)) throw refuse('is too close to your name or e-mail address; choose another');
}

function isPersonal(password: string, { email, name }: PasswordOwner): boolean {
  const local = email.slice(0, email.lastIndexOf('@'));
  const words = [email, local, name, ...name.split(/\s/), ...ownWords].map((word) => normalise(word).toLowerCase());
  const letters = only(/\p{L}/u, password);
  const dressed = [...password].length - [...letters].length <= decoration;
  const plain = only(/[\p{L}\p{N}]/u, password);
  return words.some(
    (word) =>
      (plain !== '' && plain === only(/[\p{L}\p{N}]/u, word)) ||
      (dressed && letters !== '' && letters === only(/\p{L}/u, word)),
  );
}

function only(kind: RegExp, text: string): string {
  return [...text].filter((character) => kind.test(character)).join('');
}
