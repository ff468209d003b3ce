import type { Disks, InstanceFiles, InstanceReader, InstanceWriter } from "../../ports/instances.js";
import { createDisks } from "./disks.js";
import { createInstanceFiles } from "./instance-files.js";
import { createQemuImg } from "./qemu-img.js";
import type { LimaReader } from "./reader.js";
import { createWriter } from "./writer.js";

export interface LimaOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The project's state folder, `<home>/_limaform/<project>`. */
  readonly state: string;
  /** As in `WriterContext`. */
  readonly graceMs?: number;
}

export interface LimaAdapter {
  readonly reader: InstanceReader;
  readonly writer: InstanceWriter;
  readonly disks: Disks;
  readonly files: InstanceFiles;
}

/** The Lima engine behind the ports, for one project. */
export function createLimaAdapter(lima: LimaReader, options: LimaOptions): LimaAdapter {
  const { home, host, reader } = lima;
  const { state, env } = options;
  const limactl = lima.limactlFor(state);
  return {
    reader,
    writer: createWriter({ home, limactl, reader, graceMs: options.graceMs }),
    disks: createDisks({
      home,
      state,
      reader,
      qemuImg: createQemuImg(env),
      cloneMethod: async (signal) => (await host.facts(limactl, signal)).cloneMethod,
    }),
    files: createInstanceFiles(home),
  };
}

export { realLimaHome } from "./host.js";
