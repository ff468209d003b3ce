import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClock } from "../../src/adapters/clock.js";
import { createDownloads } from "../../src/adapters/downloads/downloads.js";
import type { Downloads } from "../../src/ports/downloads.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import {
  type Certificates,
  hasOpenssl,
  makeCertificates,
  makeTlsServer,
  makeTunnel,
  type Tunnel,
} from "../support/tls.js";

/* Downloads from behind a company's proxy: CONNECT, and certificates from a root that only the company has. */

const CONTENT = "a tool\n".repeat(10_000);
const checksum = { algorithm: "sha256", value: createHash("sha256").update(CONTENT).digest("hex") } as const;
const options = { signal: new AbortController().signal, timeoutMs: 20_000, report: () => {} };
/** Nobody knows this name: what comes from there came through the tunnel. */
const URL_ = "https://tools.test/node.tar.gz";
const file = (url = URL_) => ({ url, checksum, bytes: null });

describe.skipIf(!hasOpenssl() && process.env.CI !== "true")("downloads over HTTPS", () => {
  let certificates: Certificates;
  let server: Awaited<ReturnType<typeof makeTlsServer>>;
  let tunnel: Tunnel;
  let folder: string;
  let asked: string[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    certificates = await makeCertificates(folder, ["DNS:tools.test", "IP:127.0.0.1", "DNS:localhost"]);
    asked = [];
    server = await makeTlsServer(certificates, (request, response) => {
      asked.push(`${request.method} ${request.headers.host}${request.url}`);
      if (request.url === "/down") return void response.writeHead(302, { location: "http://tools.test/plain" }).end();
      response.writeHead(200, { "content-length": CONTENT.length });
      response.end(request.method === "HEAD" ? undefined : CONTENT);
    });
    tunnel = await makeTunnel(server.port);
    await mkdir(join(folder, "cache"));
  });
  afterEach(async () => {
    await tunnel.close();
    await server.close();
  });
  const open = (env: Record<string, string> = {}): Downloads =>
    createDownloads({
      env: {
        HOME: folder,
        XDG_CACHE_HOME: join(folder, "cache"),
        HTTPS_PROXY: `http://127.0.0.1:${tunnel.port}`,
        ...env,
      },
      clock: { ...createClock(), sleep: async () => {} },
    });

  it.each(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])(
    "go through the tunnel and trust the company's root by %s",
    async (name) => {
      const downloads = open({ [name]: certificates.root });
      expect(await downloads.fetch(file(), options)).toMatchObject({ bytes: CONTENT.length });
      expect((await downloads.readText("https://tools.test/index", options)).text).toBe(CONTENT);
      expect(await downloads.sizeOf(URL_, options)).toEqual({ bytes: CONTENT.length, unknown: null });
      expect([...new Set(tunnel.asked)]).toEqual(["CONNECT tools.test:443"]);
      expect(asked).toEqual(["GET tools.test/node.tar.gz", "GET tools.test/index", "HEAD tools.test/node.tar.gz"]);
    },
  );

  it("do not trust it without that, say so at once, and name the way out", async () => {
    await expect(open().fetch(file(), options)).rejects.toMatchObject({
      ...{ code: "DOWNLOAD_UNTRUSTED", isTransient: false, hint: expect.stringContaining("NODE_EXTRA_CA_CERTS=FILE") },
    });
    expect((await open().sizeOf(URL_, options)).unknown).toContain("a certificate that this host does not trust");
    expect([tunnel.asked.length, asked]).toEqual([2, []]);
  });

  it("do not trust a certificate of the root that is for another name", async () => {
    const trusting = open({ NODE_EXTRA_CA_CERTS: certificates.root });
    await expect(trusting.fetch(file("https://other.test/a"), options)).rejects.toMatchObject({
      code: "DOWNLOAD_UNTRUSTED",
    });
    expect(asked).toEqual([]);
  });

  it("are never led from there to an address without encryption", async () => {
    const trusting = open({ NODE_EXTRA_CA_CERTS: certificates.root });
    await expect(trusting.fetch(file("https://tools.test/down"), options)).rejects.toMatchObject({
      ...{ code: "DOWNLOAD_REFUSED", message: expect.stringContaining("without encryption") },
    });
    expect(asked).toEqual(["GET tools.test/down"]);
  });

  it("leave out the tunnel for what NO_PROXY names", async () => {
    const direct = open({ NODE_EXTRA_CA_CERTS: certificates.root, NO_PROXY: "localhost" });
    await direct.fetch(file(`https://localhost:${server.port}/node.tar.gz`), options);
    expect([tunnel.asked, asked.length]).toEqual([[], 1]);
  });

  it("tell the proxy its user and password, and nobody else when it refuses them", async () => {
    await tunnel.close();
    const word = `Basic ${Buffer.from("uma:pa55word").toString("base64")}`;
    tunnel = await makeTunnel(server.port, ({ headers }) => (headers["proxy-authorization"] === word ? 200 : 407));
    const through = (login: string) =>
      open({ NODE_EXTRA_CA_CERTS: certificates.root, HTTPS_PROXY: `http://${login}@127.0.0.1:${tunnel.port}` });
    await through("uma:pa55word").fetch(file(), options);
    expect(tunnel.asked).toEqual([`CONNECT tools.test:443 ${word}`]);
    const error = await through("uma:wr0ng")
      .readText(URL_, options)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "DOWNLOAD_REFUSED",
      message: "https://tools.test/node.tar.gz cannot be reached: the proxy refused with HTTP 407, it wants a login",
      details: { status: 407 },
      isTransient: false,
    });
    expect(JSON.stringify(error)).not.toContain("wr0ng");
    expect(tunnel.asked.length).toBe(2);
  });

  it("are tried again where the proxy cannot reach the server for a while", async () => {
    await tunnel.close();
    let calls = 0;
    tunnel = await makeTunnel(server.port, () => (++calls < 3 ? 502 : 200));
    await open({ NODE_EXTRA_CA_CERTS: certificates.root }).fetch(file(), options);
    expect(tunnel.asked.length).toBe(3);
  });

  it("go through a proxy that speaks TLS itself, with a certificate of the company", async () => {
    // Its tunnel is inside its own TLS, so the plain tunnel stands behind a server that takes that off.
    const outer = createServer(
      { key: readFileSync(certificates.key), cert: readFileSync(certificates.chain) },
      (socket) => {
        const inner = connect(tunnel.port, "127.0.0.1");
        inner.pipe(socket).pipe(inner);
        for (const each of [inner, socket]) each.on("error", () => each.destroy());
      },
    );
    await new Promise<void>((resolve) => void outer.listen(0, "127.0.0.1", () => resolve()));
    const { port } = outer.address() as AddressInfo;
    const proxy = { HTTPS_PROXY: `https://localhost:${port}` };
    await expect(open(proxy).readText(URL_, options)).rejects.toMatchObject({ code: "DOWNLOAD_UNTRUSTED" });
    const through = open({ ...proxy, NODE_EXTRA_CA_CERTS: certificates.root });
    expect((await through.readText(URL_, options)).text).toBe(CONTENT);
    expect(tunnel.asked).toEqual(["CONNECT tools.test:443"]);
    outer.close();
  });
});
