import { applyDecorators, Param, type PipeTransform } from '@nestjs/common';
import { ApiParam, ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';
import { Problem } from './problem.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value);
}

/** The 400 for an id in the address that is no UUID; said before any statement is sent. */
export function malformedIdentifier(field: string): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ field, message: 'must be a UUID' }] });
}

/** A route parameter that must be a UUID; documents it as one. */
export function Id(name = 'id'): ParameterDecorator {
  const pipe: PipeTransform<unknown, string> = {
    transform(value) {
      if (!isIdentifier(value)) throw malformedIdentifier(name);
      return value.toLowerCase();
    },
  };
  return (target, property, index) => {
    Param(name, pipe)(target, property, index);
    const descriptor = property === undefined ? undefined : Object.getOwnPropertyDescriptor(target, property);
    if (property !== undefined && descriptor !== undefined) {
      ApiParam({ name, type: String, format: 'uuid' })(target, property, descriptor);
    }
  };
}

/** A field that must be a UUID, in the one spelling that the database gives it back in. */
export const IsIdentifier = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    IsUUID(),
    ApiProperty({ type: String, format: 'uuid' }),
  );
