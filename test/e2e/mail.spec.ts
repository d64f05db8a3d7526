import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';
import { send } from '../kit/http-client.js';
import { start } from '../kit/processes.js';
import { MailServer } from '../kit/smtp.js';
import { createTestDatabase } from '../kit/test-database.js';

const password = 'correct horse battery';

describe('mail over SMTP', () => {
  const server = new MailServer();
  let api: Api;
  beforeAll(async () => {
    const mail = {
      SMTP_URL: await server.open(),
      MAIL_FROM: 'Shop <shop@shop.example>',
      PUBLIC_URL: 'https://shop.example',
    };
    api = await startApi({ environment: mail });
  });
  afterAll(async () => {
    await api.close();
    await server.close();
  });

  const verification = 'Confirm your e-mail address';
  const register = (email: string, name = 'Ada') =>
    api.post('/api/auth/register', {
      body: { email, name, password },
      headers: { 'x-forwarded-host': 'evil.example' },
    });

  it('carries a registration to its verification, with links to PUBLIC_URL whatever the Host', async () => {
    expect((await register('ada@example.com')).status).toBe(202);
    const { to, mail } = await server.delivered(verification);
    expect(to).toEqual(['ada@example.com']);
    expect(mail.from?.text).toBe('"Shop" <shop@shop.example>');
    expect(mail.text).toContain('https://shop.example/verify-email#token=');
    expect(mail.text).not.toContain('evil.example');
    const verified = await api.post('/api/auth/email/verify', { body: { token: tokenIn(mail.text ?? ''), password } });
    expect(verified.status).toBe(204);
  });

  it('says the same in plain text and in HTML, whose one link is the same, and loads nothing', async () => {
    await register('both@example.com');
    const { source, mail } = await server.delivered(verification);
    expect(source).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(source.match(/^Content-Type: text\/(plain|html); charset=utf-8/gm)).toHaveLength(2);
    expect(source.indexOf('text/plain')).toBeLessThan(source.indexOf('text/html'));
    const html = String(mail.html);
    const [link] = /https:\/\/shop\.example\/verify-email#token=[\w-]{43}/.exec(mail.text ?? '') ?? [];
    expect(html.match(/<a href="[^"]*">/g)).toEqual([`<a href="${link}">`]);
    expect(html).toContain(`>${link}</a>`);
    expect(html).toContain('<html lang="en">');
    expect(html).not.toMatch(/src=|<img|<link|<style/);
    const words = html.slice(html.indexOf('<body>')).replaceAll(/<[^>]+>/g, '');
    expect(words.split(/\s+/).join(' ').trim()).toBe(mail.text?.split(/\s+/).join(' ').trim());
  });

  it('has an id and a date of its own, and no header of a mailing list', async () => {
    await register('headers@example.com');
    const { mail } = await server.delivered(verification);
    expect(mail.messageId).toMatch(/^<[\w-]+@shop\.example>$/);
    expect(Math.abs(Date.now() - (mail.date?.getTime() ?? 0))).toBeLessThan(60_000);
    expect([...mail.headers.keys()].sort()).toEqual([
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
  });

  it('shows a name as it is typed, in HTML too, and makes neither a header nor a paragraph of it', async () => {
    const { token } = await api.person('admin');
    const name = '<script>alert(1)</script>\r\nBcc: thief@evil.example\r\n\r\nhttps://evil.example';
    const body = { email: 'grace@example.com', name };
    expect((await api.post('/api/users', { token, body })).status).toBe(201);
    const { to, mail } = await server.delivered('Your account');
    expect(to).toEqual(['grace@example.com']);
    expect(mail.headers.has('bcc')).toBe(false);
    const written = 'Hello <script>alert(1)</script> Bcc: thief@evil.example https://evil.example,';
    expect(mail.text).toContain(`${written}\n\n`);
    expect(String(mail.html)).toContain('<p>Hello &#60;script&#62;alert(1)&#60;/script&#62; Bcc:');
    expect(String(mail.html)).not.toMatch(/<script|href="https:\/\/evil/);
  });

  it('goes to nobody whose address is smuggled in with another', async () => {
    for (const email of [
      'a@example.com\r\nBcc: thief@evil.example',
      'a@example.com\nRCPT TO:<thief@evil.example>',
      'a@example.com, thief@evil.example',
      'thief@evil.example;a@example.com',
      '<thief@evil.example>a@example.com',
      'A <thief@evil.example>',
    ]) {
      expect([email, (await register(email)).status]).toEqual([email, 400]);
    }
  });
});

describe('mail without a mail server', () => {
  it('holds no answer up, and is told of in the log without what it said', async () => {
    const server = new MailServer();
    const away = await server.open();
    await server.close();
    const database = await createTestDatabase();
    const { secrets } = inject('server');
    const environment = { NODE_ENV: 'development', DATABASE_URL: database.url, DEMO_DATA: 'false', ...secrets };
    const api = start('api', [], { ...environment, SMTP_URL: away, LOG_LEVEL: 'info', JOBS: 'inline' });
    try {
      const url = await api.listening();
      const body = { email: 'nobody-hears@example.com', name: 'Ada', password };
      expect((await send(`${url}/api/auth/register`, 'POST', { body })).status).toBe(202);
      await api.says(/(ECONNREFUSED)/);
      expect(api.output).not.toContain('token=');
      expect(api.output).not.toMatch(/[^\w-][\w-]{43}[^\w-]/);
      expect((await send(`${url}/health/ready`, 'GET')).status).toBe(200);
    } finally {
      await api.stop();
      await database.drop();
    }
  });
});
