import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents an answer that has one of several forms, which the type of the handler's result can't tell at run time. */
export function AnswersOneOf(...forms: readonly Type<unknown>[]): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(...forms),
    ApiOkResponse({ schema: { oneOf: forms.map((form) => ({ $ref: getSchemaPath(form) })) } }),
  );
}
