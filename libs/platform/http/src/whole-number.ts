import { Transform } from 'class-transformer';

/** Makes a number of a query parameter's digits; whatever else it is stays text, for the rules of the field to refuse. */
export const WholeNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );
