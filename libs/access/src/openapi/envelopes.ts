import type { OpenAPIObject } from '@nestjs/swagger';

/** Documents what the envelope interceptor does: every success that is JSON comes as `{ data: … }`. */
export function addEnvelopes(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      for (const [status, response] of Object.entries(operation?.responses ?? {})) {
        if (response === undefined || '$ref' in response || !status.startsWith('2')) continue;
        const json = response.content?.['application/json'];
        if (json?.schema === undefined || isEnvelope(json.schema)) continue;
        json.schema = { type: 'object', required: ['data'], properties: { data: json.schema } };
        response.description ||= 'Done';
      }
    }
  }
}

function isEnvelope(schema: object): boolean {
  const properties: unknown = 'properties' in schema ? schema.properties : undefined;
  return typeof properties === 'object' && properties !== null && 'data' in properties && 'pagination' in properties;
}
