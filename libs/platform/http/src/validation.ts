import { type Type, ValidationPipe } from '@nestjs/common';
import { ValidateIf, type ValidationError } from 'class-validator';
import { type FieldError, Problem } from './problem.js';

/** A field that may be left out, and is checked like any other when it is there; `null` doesn't pass for absent. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** Refuses unknown and unacceptable fields with one 400 that names each of them. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) =>
      new Problem('VALIDATION_FAILED', { errors: errors.flatMap((error) => fieldErrors(error)) }),
  });
}

/**
 * What came by another way than a request, under the rules of its class.
 * @throws Problem VALIDATION_FAILED
 */
export function validated<T extends object>(type: Type<T>, values: object): Promise<T> {
  return validationPipe().transform(values, { type: 'body', metatype: type });
}

function fieldErrors(error: ValidationError, parent = ''): FieldError[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: wording(rule, message, error),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}

function wording(rule: string, message: string, error: ValidationError): string {
  if (rule === 'whitelistValidation') return 'is not a field of this request';
  // class-validator begins its texts with the property, which the field's path says better.
  return message.startsWith(`${error.property} `) ? message.slice(error.property.length + 1) : message;
}
