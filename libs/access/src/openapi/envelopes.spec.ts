import type { OpenAPIObject } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { addEnvelopes } from './envelopes.js';
import type { Operation } from './refusals.js';

const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const;
const thing = { $ref: '#/components/schemas/Thing' };
const enveloped = { type: 'object', required: ['data'], properties: { data: thing } };

function answering(schema: object | undefined, description = 'One thing') {
  return { description, content: { 'application/json': schema === undefined ? {} : { schema } } };
}

/** The responses of the document's one operation, once they are in envelopes. */
function wrapped(responses: Operation['responses'], verb: (typeof verbs)[number] = 'get') {
  const document: OpenAPIObject = {
    openapi: '3.1.0',
    info: { title: 'Tested', version: '1' },
    paths: { '/things': { [verb]: { responses } } },
  };
  addEnvelopes(document);
  return document.paths['/things']?.[verb]?.responses;
}

describe('envelopes in the document', () => {
  it.each(verbs)('wrap what %s answers with success', (verb) => {
    expect(wrapped({ 201: answering(thing) }, verb)).toEqual({ 201: answering(enveloped) });
  });

  it('leave errors, references and what has no JSON as they are', () => {
    const others = {
      200: thing,
      202: answering(undefined),
      204: { description: 'Done' },
      206: { description: 'A file', content: { 'text/csv': { schema: { type: 'string' } } } },
      302: answering(thing),
      422: answering(thing),
    };
    const before = structuredClone(others);
    expect(wrapped(others)).toEqual(before);
  });

  it('are not put around a page, which is one', () => {
    const page = { type: 'object', properties: { data: { type: 'array', items: thing }, pagination: {} } };
    expect(wrapped({ 200: answering(page) })).toEqual({ 200: answering(page) });
  });

  it.each([
    { type: 'object', properties: { data: {} } },
    { type: 'object', properties: { pagination: {} } },
    { type: 'object' },
  ])('are put around what only resembles a page: %j', (schema) => {
    const data = structuredClone(schema);
    expect(wrapped({ 200: answering(schema) })).toMatchObject({
      200: { content: { 'application/json': { schema: { required: ['data'], properties: { data } } } } },
    });
  });

  it('say that it is done where nothing else is said', () => {
    expect(wrapped({ 200: answering(thing, '') })).toMatchObject({ 200: { description: 'Done' } });
    expect(wrapped({ 200: answering(thing, 'One thing') })).toMatchObject({ 200: { description: 'One thing' } });
  });

  it('need neither responses nor operations', () => {
    const document: OpenAPIObject = {
      openapi: '3.1.0',
      info: { title: 'Tested', version: '1' },
      paths: { '/a': {}, '/b': JSON.parse('{"get":{}}') },
    };
    addEnvelopes(document);
    expect(document.paths).toEqual({ '/a': {}, '/b': { get: {} } });
  });
});
