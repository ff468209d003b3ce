import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback: answers by path, and remembers what it was asked. */
export interface FileServer {
  readonly url: string;
  /** `GET /path` of each request, in order. */
  readonly asked: string[];
  readonly headers: IncomingMessage["headers"][];
  /** What stands at a path from now on: a body, or a function that answers. */
  put(path: string, what: string | Uint8Array | Serve): void;
  close(): Promise<void>;
}

export async function makeFileServer(): Promise<FileServer> {
  const places = new Map<string, string | Uint8Array | Serve>();
  const asked: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    const what = places.get(request.url ?? "");
    if (typeof what === "function") return what(request, response);
    response.writeHead(what === undefined ? 404 : 200);
    response.end(what ?? "not here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    headers,
    put: (path, what) => void places.set(path, what),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
