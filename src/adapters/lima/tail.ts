import { open } from "node:fs/promises";
import { orIfAbsent } from "./fs-errors.js";

/** The last bytes of a file as text; empty where there is none. */
export async function readTail(path: string, maxBytes: number): Promise<string> {
  const file = await orIfAbsent(open(path, "r"), null);
  if (file === null) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, maxBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await file.close();
  }
}
