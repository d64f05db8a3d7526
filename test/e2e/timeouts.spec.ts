import { once } from 'node:events';
import { connect } from 'node:net';
import { Public } from '@gatehouse/access';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

@Controller('slow')
class SlowController {
  @Get()
  @Public()
  never(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Post()
  @Public()
  neverEither(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@Module({ controllers: [SlowController] })
class SlowModule {}

describe('time that runs out', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({
      modules: [SlowModule],
      environment: { HANDLER_TIMEOUT_MS: '300', REQUEST_TIMEOUT_MS: '1000' },
    });
  });
  afterAll(() => api.close());

  it('for a handler is 503 with Retry-After, as problem+json', async () => {
    // A request with a body is over for Node once that is read, long before it is answered.
    for (const answer of await Promise.all([api.get('/api/slow'), api.post('/api/slow', { body: {} })])) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(answer.body.code).toBe('SERVICE_UNAVAILABLE');
    }
  });

  it('for a client that stops in the middle of its body ends its connection, while others are served', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"email"',
    );
    socket.resume();
    const closed = once(socket, 'close');
    expect((await api.get('/api/products')).status).toBe(200);
    await closed;
  });
});
