import { execFile, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer as createProxy, type IncomingMessage, type RequestListener } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/* A company's network in small: its own root, servers with certificates from it, and a proxy that tunnels to them. */

/** Files, PEM. */
export interface Certificates {
  readonly root: string;
  readonly key: string;
  readonly chain: string;
}

/** Whether certificates can be made here. */
export const hasOpenssl = (): boolean => spawnSync("openssl", ["version"]).status === 0;

/** A fresh root, and one certificate from it. `names`: `DNS:tools.test`, `IP:127.0.0.1` … */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<Certificates> {
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "root.key",
    "-out",
    "root.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Company",
  );
  await openssl("req", "-new", ...key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=server");
  await writeFile(join(folder, "leaf.ext"), `subjectAltName=${names.join(",")}\n`);
  const from = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "leaf.ext"];
  await openssl("x509", "-req", "-in", "leaf.csr", ...from, "-out", "leaf.pem", "-days", "2");
  return { root: join(folder, "root.pem"), key: join(folder, "leaf.key"), chain: join(folder, "leaf.pem") };
}

export async function makeTlsServer({ key, chain }: Certificates, answer: RequestListener) {
  const server = createServer({ key: await readFile(key), cert: await readFile(chain) }, answer);
  return listening(server);
}

export interface Tunnel {
  /** `CONNECT host:port`, and the credentials that came with it. */
  readonly asked: string[];
  readonly port: number;
  close(): Promise<void>;
}

/** Whatever name is asked for, the tunnel leads to `port` of this machine: so only what goes through it gets there. */
export async function makeTunnel(
  port: number,
  judge: (request: IncomingMessage) => number = () => 200,
): Promise<Tunnel> {
  const proxy = createProxy((_request, response) => void response.writeHead(501).end());
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  proxy.on("connect", (request: IncomingMessage, socket: Socket) => {
    asked.push(["CONNECT", request.url, request.headers["proxy-authorization"]].filter(Boolean).join(" "));
    const status = judge(request);
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const up = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      up.pipe(socket).pipe(up);
    });
    for (const each of [socket, up]) sockets.add(each.on("error", () => each.destroy()));
  });
  const { close, ...rest } = await listening(proxy);
  return {
    ...{ asked, port: rest.port },
    async close() {
      for (const socket of sockets) socket.destroy();
      await close();
    },
  };
}

interface Listener {
  listen(port: number, host: string, onListening: () => void): unknown;
  address(): unknown;
  close(onClosed: () => void): unknown;
  closeAllConnections(): void;
}

async function listening(server: Listener) {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
