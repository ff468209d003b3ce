import { gzipSync } from "node:zlib";

/** One member as an attacker writes it. Shape: `type` as in ustar: 0 file, 1 hard link, 2 link, 3 device, 5 folder, 6 pipe. */
export interface Member {
  readonly name: string;
  readonly type?: "0" | "1" | "2" | "3" | "5" | "6";
  readonly text?: string;
  readonly link?: string;
  readonly mode?: number;
}

/** A packed tar of exactly these members: no program that packs would write some of them. Source: POSIX, ustar. */
export function makeTar(members: readonly Member[]): Buffer {
  return gzipSync(Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(1024)]));
}

function blocksOf({ name, type = "0", text = "", link = "", mode = 0o644 }: Member): readonly Buffer[] {
  const content = Buffer.from(text);
  const head = Buffer.alloc(512);
  const octal = (value: number, at: number, digits: number) =>
    void head.write(`${value.toString(8).padStart(digits, "0")}\0`, at);
  head.write(name, 0, 100);
  octal(mode, 100, 7);
  octal(1000, 108, 7);
  octal(1000, 116, 7);
  octal(content.length, 124, 11);
  octal(0, 136, 11);
  head.write(" ".repeat(8), 148);
  head.write(type, 156);
  head.write(link, 157, 100);
  head.write("ustar\u000000", 257);
  octal(1, 329, 7);
  octal(3, 337, 7);
  octal(
    head.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}
