import { describe, expect, it } from 'vitest';
import { htmlBody, textBody } from './mail-body.js';

const url = 'https://shop.example/verify-email#token=abc&x="y"';

describe('the body of a mail', () => {
  it('has a blank line between paragraphs as text', () => {
    expect(textBody(['Open this:', url])).toBe(`Open this:\n\n${url}\n`);
  });

  it('makes a link of a paragraph that is one, and of nothing else', () => {
    const html = htmlBody('Subject', [url, 'see https://evil.example', 'javascript:alert(1)', `${url} and more`]);
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).toContain(
      '<p><a href="https://shop.example/verify-email#token=abc&#38;x=&#34;y&#34;">https://shop.example/verify-email#token=abc&#38;x=&#34;y&#34;</a></p>',
    );
  });

  it('lets no text out of its paragraph, in either form', () => {
    const name = 'you,\r\n\r\nyour account is locked\u2028https://evil.example';
    expect(textBody([`Hello ${name}`])).toBe('Hello you, your account is locked https://evil.example\n');
    const html = htmlBody("<b>'S'</b>", [`Hello <script>alert("${name}")</script>`]);
    expect(html).toContain('<title>&#60;b&#62;&#39;S&#39;&#60;/b&#62;</title>');
    expect(html).toContain('<p>Hello &#60;script&#62;alert(&#34;you, your account');
    expect(html.match(/<p>/g)).toHaveLength(1);
  });

  it('says its language and loads nothing', () => {
    const html = htmlBody('Subject', ['Text']);
    expect(html).toContain('<html lang="en">');
    expect(html).not.toMatch(/src=|<link|<style|url\(/);
  });
});
