import { once } from 'node:events';
import { connect } from 'node:net';

const atOnce = 50;
const line = 'HTTP/1.1 200';

/**
 * Sends GET requests as fast as the server takes them, many at a time on each of a few connections.
 * @param headers of the request with this number
 * @returns how many answers there were of each status
 */
export async function flood(
  url: string,
  calls: number,
  headers: (index: number) => Record<string, string>,
): Promise<Record<string, number>> {
  const { host } = new URL(url);
  const counts: Record<string, number> = {};
  let next = 0;
  const client = async () => {
    const socket = connect(Number(new URL(url).port), new URL(url).hostname);
    await once(socket, 'connect');
    while (next < calls) {
      const batch = Math.min(atOnce, calls - next);
      let text = '';
      for (let sent = 0; sent < batch; sent += 1) {
        const fields = Object.entries({ host, ...headers(next++) }).map(([name, value]) => `${name}: ${value}\r\n`);
        text += `GET ${new URL(url).pathname} HTTP/1.1\r\n${fields.join('')}\r\n`;
      }
      socket.write(text);
      for (let answered = 0, rest = ''; answered < batch; ) {
        const [chunk]: Buffer[] = await once(socket, 'data');
        rest += String(chunk);
        let read = 0;
        for (const { 0: found, 1: status = '', index } of rest.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
          counts[status] = (counts[status] ?? 0) + 1;
          answered += 1;
          read = index + found.length;
        }
        // A status line may come in two pieces.
        rest = rest.slice(read).slice(-line.length);
      }
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return counts;
}
