import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';

describe('mail over SMTP', () => {
  const received: { to: string[]; source: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ to, source: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  let api: Api;
  beforeAll(async () => {
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const mail = {
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: 'Shop <shop@shop.example>',
      PUBLIC_URL: 'https://shop.example',
    };
    api = await startApi({ environment: mail });
  });
  afterAll(async () => {
    await api.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('carries a registration to its verification, with links to PUBLIC_URL whatever the Host', async () => {
    const body = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };
    const registered = await api.post('/api/auth/register', { body, headers: { 'x-forwarded-host': 'evil.example' } });
    expect(registered.status).toBe(202);
    while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const [first] = received;
    expect(first?.to).toEqual(['ada@example.com']);
    const mail = await simpleParser(first?.source ?? '');
    expect(mail.from?.text).toBe('"Shop" <shop@shop.example>');
    expect(mail.text).toContain('https://shop.example/verify-email#token=');
    expect(mail.text).not.toContain('evil.example');
    const verified = await api.post('/api/auth/email/verify', {
      body: { token: tokenIn(mail.text ?? ''), password: body.password },
    });
    expect(verified.status).toBe(204);
  });
});
