import { registerDecorator } from 'class-validator';

/** A code as somebody gave it, by its form: of the authenticator, or one for its loss. */
export interface PresentedCode {
  readonly method: 'otp' | 'recovery-code';
  readonly code: string;
}

const longest = 64;

/** Reads a code however it was written: spaces, dashes and case don't count. `undefined` where it can't be one. */
export function presentedCode(text: string): PresentedCode | undefined {
  if (text.length > longest) return undefined;
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase();
  if (/^\d{6}$/.test(code)) return { method: 'otp', code };
  return /^[A-Z2-7]{24}$/.test(code) ? { method: 'recovery-code', code } : undefined;
}

/** Six digits, or a recovery code. */
export function IsSecondFactorCode(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isSecondFactorCode',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && presentedCode(value) !== undefined,
        defaultMessage: () => 'must be the six digits of your authenticator, or a recovery code',
      },
    });
  };
}
