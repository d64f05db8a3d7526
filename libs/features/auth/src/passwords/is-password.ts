import { registerDecorator } from 'class-validator';
import { normalise } from './passwords.js';

/** A new password: 8 to 128 characters of any kind (NIST SP 800-63B-4, section 3.1.1.2: length and no rules of composition). */
export const IsPassword = () => ofLength(8, 128, 'must be 8 to 128 characters');

/** A password that may be right or wrong, whatever was asked of it when it was chosen; a longer one is none. */
export const IsPresentedPassword = () => ofLength(1, 128, 'must be at most 128 characters');

function ofLength(min: number, max: number, message: string): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isPassword',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && value.isWellFormed() && hasLength(value, min, max),
        defaultMessage: () => message,
      },
    });
  };
}

function hasLength(value: string, min: number, max: number): boolean {
  // Checked in code units first: counting the characters of a huge text would itself be work.
  if (value.length > max * 4) return false;
  const { length } = [...normalise(value)];
  return length >= min && length <= max;
}
