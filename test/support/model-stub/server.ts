import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { replyOf } from "./modes.js";
import { PROTOCOLS } from "./protocols.js";

/** What was asked, for tests to look at. */
export interface Asked {
  readonly mode: string;
  readonly path: string;
  /** Credential as it came, without its scheme. */
  readonly key: string;
}

export interface ModelStub {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Base URL of a mode as seen from `host`. */
  url(mode: string, host?: string): string;
  close(): Promise<void>;
}

/** One server for the model APIs of all four agents. It knows nothing and needs no account. */
export async function startModelStub(port = 0, host = "127.0.0.1"): Promise<ModelStub> {
  const asked: Asked[] = [];
  const tries = new Map<string, number>();
  const server = createServer((request, response) => {
    void answer(request, response, { asked, tries }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    asked,
    url: (mode, seen = "127.0.0.1") => `http://${seen}:${bound}/${mode}`,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Memory {
  readonly asked: Asked[];
  readonly tries: Map<string, number>;
}

async function answer(request: IncomingMessage, response: ServerResponse, { asked, tries }: Memory): Promise<void> {
  const [, mode = "", path = "/"] = /^\/([^/?]+)(\/[^?]*)?/u.exec(request.url ?? "") ?? [];
  const { authorization, ...headers } = request.headers;
  const key =
    authorization?.replace(/^Bearer /u, "") ?? String(headers["x-api-key"] ?? headers["x-goog-api-key"] ?? "");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const protocol = request.method === "POST" ? PROTOCOLS.find((one) => one.isFor("POST", path)) : undefined;
  if (protocol === undefined) return send(response, 404, "application/json", "{}");
  if (path.endsWith("/count_tokens")) return send(response, 200, "application/json", '{"input_tokens":10}');
  asked.push({ mode, path, key });
  const body = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as Record<string, unknown>;
  const before = tries.get(mode) ?? 0;
  tries.set(mode, before + 1);
  const reply = replyOf(mode, protocol.hasToolResult(body), before);
  switch (reply.kind) {
    case "hang":
      return;
    case "half":
      response.writeHead(200, { "content-type": "text/event-stream", connection: "close" }).write(": begun\n\n");
      return;
    case "status":
      return send(
        response,
        reply.status,
        "application/json",
        JSON.stringify((reply.isQuota && protocol.quota) || protocol.error(reply.status)),
        reply.headers,
      );
    default: {
      const { type, text } = protocol.render(reply, body);
      return send(response, 200, type, text);
    }
  }
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": type, connection: "close", ...headers }).end(text);
}
