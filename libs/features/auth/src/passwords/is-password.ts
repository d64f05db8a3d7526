import { registerDecorator } from 'class-validator';

/** 8 to 128 characters of any kind (NIST SP 800-63B-4, section 3.1.1.2: length and no rules of composition). */
export function IsPassword(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isPassword',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && value.isWellFormed() && hasLength(value),
        defaultMessage: () => 'must be 8 to 128 characters',
      },
    });
  };
}

function hasLength(value: string): boolean {
  // Checked in code units first: counting the characters of a huge text would itself be work.
  if (value.length > 512) return false;
  const { length } = [...value.normalize('NFKC')];
  return length >= 8 && length <= 128;
}
