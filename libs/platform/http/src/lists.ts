import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { Pagination } from './page.js';

/** Documents the answer as a page of `item()`s, which the type of the handler's result can't tell at run time. */
export function Lists(item: () => Type<unknown>): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(item(), Pagination),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: {
          data: { type: 'array', items: { $ref: getSchemaPath(item()) } },
          pagination: { $ref: getSchemaPath(Pagination) },
        },
      },
    }),
  );
}
