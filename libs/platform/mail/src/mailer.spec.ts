import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '@gatehouse/platform/config';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mailer } from './mailer.js';

describe('Mailer', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-mail-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('sends to one mailbox, and makes no header of what it is given', async () => {
    const mailer = new Mailer(readConfiguration({ DATA_DIR: dataDir }));
    for (const to of [
      'a@example.com, thief@evil.example',
      'thief@evil.example <a@example.com>',
      '"thief@evil.example x"@example.com',
      'a@example.com\r\nBcc: thief@evil.example',
    ]) {
      await mailer.send({ to, subject: 'Subject\r\nBcc: thief@evil.example', paragraphs: ['Text'] }, 'one');
      const [name = ''] = await readdir(join(dataDir, 'mail'));
      const file = join(dataDir, 'mail', name);
      const mail = await simpleParser(await readFile(file));
      await rm(file);
      expect([mail.to ?? []].flat().flatMap(({ value }) => value)).toHaveLength(1);
      expect([...mail.headers.keys()].filter((header) => header.endsWith('cc'))).toEqual([]);
      expect(mail.subject).toBe('Subject Bcc: thief@evil.example');
    }
  });
});
