import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON, or `undefined` where the body is none. */
  readonly body: Json;
}

/** JSON that a test looks into without having to say its shape first. */
// biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
export type Json = any;

export interface Send {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Sent as it is instead of `body`. */
  readonly raw?: string;
}

export async function send(
  url: string,
  method: string,
  { token, body, headers = {}, raw }: Send = {},
): Promise<Answer> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parse(text) };
}

/** Sends the path, the headers and the bytes exactly as they are given, where fetch would tidy them up first. */
export function sendVerbatim(
  url: string,
  {
    method = 'GET',
    path,
    headers = {},
    raw,
  }: { method?: string; path: string; headers?: SentHeaders; raw?: string | Buffer },
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const fields = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        resolve({ status: answer.statusCode ?? 0, headers: new Headers(fields), text, body: parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(raw);
  });
}

type SentHeaders = Record<string, string | string[]>;

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
