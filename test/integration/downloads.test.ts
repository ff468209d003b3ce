import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClock } from "../../src/adapters/clock.js";
import { createDownloads } from "../../src/adapters/downloads/downloads.js";
import type { Checksum, Downloads } from "../../src/ports/downloads.js";
import type { Clock } from "../../src/ports/host.js";
import { type FileServer, makeFileServer, type Serve } from "../support/file-server.js";
import { makeZip } from "../support/zip.js";

const sha256 = (content: string | Uint8Array): Checksum => ({
  algorithm: "sha256",
  value: createHash("sha256").update(content).digest("hex"),
});
const CONTENT = "a tool\n".repeat(100_000);

describe("downloads", () => {
  let cacheHome: string;
  let server: FileServer;
  let slept: number[];
  const reports: string[] = [];
  const options = {
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    report: (line: string) => void reports.push(line),
  };

  const open = (env: Record<string, string> = {}): Downloads => {
    const clock: Clock = { ...createClock(), sleep: async (ms) => void slept.push(ms) };
    return createDownloads({
      env: { HOME: "/nowhere", XDG_CACHE_HOME: cacheHome, PATH: process.env.PATH ?? "", ...env },
      clock,
    });
  };
  const files = () => readdir(join(cacheHome, "limaform/downloads/files")).catch(() => [] as string[]);
  const partials = () => readdir(join(cacheHome, "limaform/downloads/partial")).catch(() => [] as string[]);
  const remote = (path: string, content: string | Uint8Array, bytes: number | null = null) => ({
    ...{ url: `${server.url}${path}`, checksum: sha256(content), bytes },
  });

  beforeEach(async () => {
    cacheHome = await mkdtemp(join(tmpdir(), "limaform-downloads-"));
    server = await makeFileServer();
    slept = [];
    reports.length = 0;
  });
  afterEach(async () => {
    await server.close();
    await rm(cacheHome, { recursive: true });
  });

  it("come once from outside, and then from the cache, for every process and project", async () => {
    server.put("/tool", CONTENT);
    const first = await open().fetch(remote("/tool", CONTENT), options);
    expect(first).toMatchObject({ bytes: CONTENT.length, downloadedBytes: CONTENT.length });
    const second = open();
    const again = await second.fetch(remote("/tool", CONTENT), options);
    expect(again).toMatchObject({ bytes: CONTENT.length, downloadedBytes: 0 });
    expect(await text(second.open([again]))).toBe(CONTENT);
    expect(server.asked).toEqual(["GET /tool"]);
    expect(reports.at(-1)).toMatch(/^1 MiB/u);
    expect(await partials()).toEqual([]);
  });

  it("are refused with another checksum, once, and leave nothing behind", async () => {
    server.put("/tool", `${CONTENT}changed on the way`);
    await expect(open().fetch(remote("/tool", CONTENT), options)).rejects.toMatchObject({
      code: "DOWNLOAD_WRONG_CHECKSUM",
    });
    expect([await files(), await partials(), server.asked.length]).toEqual([[], [], 1]);
  });

  it("are tried three times where they break off, and never kept torn", async () => {
    server.put("/tool", (_request, response) => {
      response.writeHead(200, { "content-length": String(CONTENT.length) });
      response.write(CONTENT.slice(0, 1000), () => response.destroy());
    });
    await expect(open().fetch(remote("/tool", CONTENT), options)).rejects.toMatchObject({
      code: "DOWNLOAD_UNREACHABLE",
    });
    expect([await files(), await partials(), server.asked.length, slept]).toEqual([[], [], 3, [1_000, 4_000]]);
  });

  it("come through when a server is only busy for a while", async () => {
    let calls = 0;
    server.put("/tool", (_request, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 503 : 200);
      response.end(calls < 3 ? "busy" : CONTENT);
    });
    await expect(open().fetch(remote("/tool", CONTENT), options)).resolves.toMatchObject({ bytes: CONTENT.length });
  });

  it.each([404, 403, 410])("are not tried again after HTTP %i", async (status) => {
    server.put("/tool", (_request, response) => void response.writeHead(status).end("no"));
    await expect(open().fetch(remote("/tool", CONTENT), options)).rejects.toMatchObject({
      ...{ code: "DOWNLOAD_REFUSED", isTransient: false, details: { status } },
    });
    expect(server.asked.length).toBe(1);
  });

  it("follow redirects, but neither for ever nor to another kind of address", async () => {
    const lead =
      (to: string): Serve =>
      (_request, response) =>
        void response.writeHead(302, { location: to }).end();
    server.put("/tool", CONTENT);
    server.put("/near", lead("/tool"));
    server.put("/loop", lead("/loop"));
    server.put("/file", lead("file:///etc/passwd"));
    const downloads = open();
    await expect(downloads.fetch(remote("/near", CONTENT), options)).resolves.toMatchObject({ bytes: CONTENT.length });
    const refused = expect.objectContaining({ code: "DOWNLOAD_REFUSED" });
    await expect(downloads.readText(`${server.url}/loop`, options)).rejects.toEqual(refused);
    await expect(downloads.readText(`${server.url}/file`, options)).rejects.toEqual(refused);
    expect(server.asked.filter((line) => line.endsWith("/loop")).length).toBe(6);
  });

  it("end at the size that the index promises, and at their time limit", async () => {
    server.put("/endless", (_request, response) => {
      const more = (): void =>
        void (response.destroyed || response.write(Buffer.alloc(1024 * 1024), () => setImmediate(more)));
      more();
    });
    server.put("/silent", () => {});
    const downloads = open();
    await expect(downloads.fetch(remote("/endless", CONTENT, 8_000_000), options)).rejects.toMatchObject({
      code: "DOWNLOAD_TOO_LARGE",
    });
    await expect(downloads.fetch(remote("/silent", CONTENT), { ...options, timeoutMs: 200 })).rejects.toMatchObject({
      code: "DOWNLOAD_TIMED_OUT",
    });
    expect(await partials()).toEqual([]);
  });

  it("tell how large a file is, by one question, and what hindered it where they cannot", async () => {
    const head: Serve = (request, response) => {
      response.writeHead(request.method === "HEAD" ? 200 : 500, { "content-length": "123456" }).end();
    };
    server.put("/tool", head);
    server.put("/moved", (_request, response) => void response.writeHead(302, { location: "/tool" }).end());
    server.put("/chunked", (_request, response) => {
      response.writeHead(200, { "transfer-encoding": "chunked" }).end();
    });
    server.put("/busy", (_request, response) => void response.writeHead(503).end());
    server.put("/silent", () => {});
    const { host } = new URL(server.url);
    const sizeOf = (path: string) => open().sizeOf(`${server.url}${path}`, { signal: options.signal, timeoutMs: 200 });
    expect(await sizeOf("/tool")).toEqual({ bytes: 123_456, unknown: null });
    expect(await sizeOf("/moved")).toEqual({ bytes: 123_456, unknown: null });
    expect(await sizeOf("/chunked")).toEqual({ bytes: null, unknown: `${host} does not tell it` });
    expect((await sizeOf("/busy")).unknown).toBe(`${server.url}/busy answered with HTTP 503`);
    expect((await sizeOf("/gone")).unknown).toContain("there is no such file");
    expect(await sizeOf("/silent")).toEqual({ bytes: null, unknown: `${host} did not answer within 0.2 s` });
    expect(server.asked.length).toBe(7);
    const stop = new AbortController();
    const running = open().sizeOf(`${server.url}/silent`, { signal: stop.signal, timeoutMs: 20_000 });
    setTimeout(() => stop.abort(new Error("asked to stop")), 50);
    await expect(running).rejects.toThrow("asked to stop");
  });

  it("end with the signal's own reason", async () => {
    server.put("/silent", () => {});
    const stop = new AbortController();
    const running = open().fetch(remote("/silent", CONTENT), { ...options, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("asked to stop")), 50);
    await expect(running).rejects.toThrow("asked to stop");
  });

  it("load a file again that was damaged in the cache", async () => {
    server.put("/tool", CONTENT);
    await open().fetch(remote("/tool", CONTENT), options);
    const [name = ""] = await files();
    await writeFile(join(cacheHome, "limaform/downloads/files", name), "bit rot");
    expect((await open().fetch(remote("/tool", CONTENT), options)).downloadedBytes).toBe(CONTENT.length);
    expect(await readFile(join(cacheHome, "limaform/downloads/files", name), "utf8")).toBe(CONTENT);
  });

  it("of several limaforms at once all succeed", async () => {
    server.put("/tool", CONTENT);
    const all = await Promise.all([1, 2, 3, 4].map(() => open().fetch(remote("/tool", CONTENT), options)));
    expect(all.map(({ bytes }) => bytes)).toEqual(Array(4).fill(CONTENT.length));
    expect([(await files()).length, await partials()]).toEqual([1, []]);
  });

  it("know Go's hash of a zip", async () => {
    const zip = makeZip({ "m@v1/a.go": "package a\n" });
    server.put("/m.zip", zip);
    const wrong = {
      url: `${server.url}/m.zip`,
      checksum: { algorithm: "h1", value: `${"A".repeat(43)}=` },
      bytes: null,
    } as const;
    await expect(open().fetch(wrong, options)).rejects.toMatchObject({ code: "DOWNLOAD_WRONG_CHECKSUM" });
  });

  it("forget what nobody used for 90 days, and what a killed process left", async () => {
    server.put("/tool", CONTENT);
    server.put("/other", "other");
    await open().fetch(remote("/tool", CONTENT), options);
    const [old = ""] = await files();
    const past = new Date(Date.now() - 91 * 86_400_000);
    await utimes(join(cacheHome, "limaform/downloads/files", old), past, past);
    await writeFile(join(cacheHome, "limaform/downloads/partial/left"), "x");
    await utimes(join(cacheHome, "limaform/downloads/partial/left"), past, past);
    await open().fetch(remote("/other", "other"), options);
    expect((await files()).length).toBe(1);
    expect(await files()).not.toContain(old);
    expect(await partials()).toEqual([]);
  });

  it("tell and remove what nobody used since a time, and nothing else", async () => {
    const downloads = open();
    const unused = () => new Date(Date.now() - 30 * 86_400_000).toISOString();
    expect(await downloads.unused(unused())).toEqual({ files: 0, bytes: 0 });
    server.put("/old", CONTENT);
    server.put("/new", "new");
    await downloads.fetch(remote("/old", CONTENT), options);
    const [old = ""] = await files();
    const past = new Date(Date.now() - 31 * 86_400_000);
    await utimes(join(cacheHome, "limaform/downloads/files", old), past, past);
    const kept = await downloads.fetch(remote("/new", "new"), options);
    expect(await downloads.unused(unused())).toEqual({ files: 1, bytes: CONTENT.length });
    expect(await downloads.removeUnused(unused())).toEqual({ files: 1, bytes: CONTENT.length });
    expect(await downloads.find(kept.checksum)).toMatchObject({ bytes: 3 });
    expect((await files()).length).toBe(1);
  });

  it("go through the host's proxy, but for what NO_PROXY names", async () => {
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(String(request.url));
      const onward = forward(String(request.url), { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.end();
    });
    proxy.on("connect", (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      const port = Number(String(request.url).split(":").at(-1));
      const up = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        up.pipe(socket).pipe(up);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    server.put("/index", "text");
    expect((await open({ HTTP_PROXY: address }).readText(`${server.url}/index`, options)).text).toBe("text");
    expect(seen.length).toBe(1);
    await open({ HTTP_PROXY: address, NO_PROXY: "127.0.0.1" }).readText(`${server.url}/index`, options);
    expect(seen.length).toBe(1);
    proxy.closeAllConnections();
    proxy.close();
  });

  it("say that nobody is there", async () => {
    await server.close();
    await expect(open().readText(`${server.url}/index?token=secret`, options)).rejects.toMatchObject({
      ...{ code: "DOWNLOAD_UNREACHABLE", message: `${server.url}/index cannot be reached: ECONNREFUSED` },
    });
    server = await makeFileServer();
  });

  it("take from a guest only what is expected of it", async () => {
    const [good, bad, last] = ["good".repeat(50), "bad!".repeat(50), "last".repeat(50)];
    const downloads = open();
    const expected = [good, "else".repeat(50), last].map((content) => ({ checksum: sha256(content), bytes: 200 }));
    const taken = await downloads.keep(expected, async (sink) => {
      sink(Buffer.from(good + bad.slice(0, 10)));
      sink(Buffer.from(`${bad.slice(10)}${last} and much more than that`));
    });
    expect(taken).toBe(2);
    expect(await downloads.find(sha256(good))).toMatchObject({ bytes: 200 });
    expect(await downloads.find(sha256(bad))).toBeNull();
    expect(await downloads.keep(expected, async (sink) => sink(Buffer.from(good.slice(0, 60))))).toBe(0);
    expect(await partials()).toEqual([]);
  });

  it("remember what an index said; a damaged memory is none", async () => {
    const downloads = open();
    expect(await downloads.recall("tool-node")).toBeNull();
    await downloads.remember("tool-node", { a: 1 });
    expect(await open().recall("tool-node")).toEqual({ a: 1 });
    await writeFile(join(cacheHome, "limaform/resolved/tool-node.json"), "{");
    expect(await downloads.recall("tool-node")).toBeNull();
    expect(existsSync(join(cacheHome, "limaform/resolved/tool-node.json"))).toBe(true);
  });

  it("take npm's registry from the environment, and say what is missing without npm", async () => {
    expect(await open({ npm_config_registry: "https://npm.test/x/" }).npmRegistry(options.signal)).toBe(
      "https://npm.test/x",
    );
    await expect(open({ PATH: "/nowhere" }).npmRegistry(options.signal)).rejects.toMatchObject({
      code: "DOWNLOAD_NO_REGISTRY",
    });
  });
});
