import { Agent, request } from 'node:http';

export interface RawAnswer {
  status: number;
  mediaType: string;
  text: string;
}

const agent = new Agent({ keepAlive: true });

/** Sends address, headers and body as they are: `fetch` would tidy them up, or refuse. */
export function sendRaw(
  baseUrl: string,
  method: string,
  address: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) };
  return new Promise((done, failed) => {
    const sent = request(
      { agent, hostname, port, method, path: address, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', failed);
        response.on('end', () =>
          done({
            status: response.statusCode ?? 0,
            mediaType: response.headers['content-type'] ?? '',
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', failed);
    sent.end(bytes);
  });
}
