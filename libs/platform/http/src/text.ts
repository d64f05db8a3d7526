import { registerDecorator } from 'class-validator';

// PostgreSQL cannot store NUL; lone surrogates are no text (RFC 8259, section 8.2); control characters forge log lines.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/**
 * Text of `min` to `max` characters as a person would count them, without control characters or lone surrogates;
 * white space alone is no text.
 */
export function IsText(min: number, max: number): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isText',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isText(value, min, max),
        defaultMessage: () => `must be text of ${min} to ${max} characters`,
      },
    });
  };
}

function isText(value: string, min: number, max: number): boolean {
  if (value.length > max * 2 || !value.isWellFormed() || forbidden.test(value)) return false;
  const length = [...value].length;
  return length >= min && length <= max && (min === 0 || value.trim() !== '');
}
