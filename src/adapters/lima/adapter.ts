import type { Disks, InstanceFiles, InstanceReader, InstanceWriter } from "../../ports/instances.js";
import { createDisks } from "./disks.js";
import { createHost, type HostOptions } from "./host.js";
import { createInstanceFiles } from "./instance-files.js";
import { createLimactl } from "./limactl.js";
import { createLister } from "./list.js";
import { createQemuImg } from "./qemu-img.js";
import { createWriter } from "./writer.js";

export interface LimaOptions extends HostOptions {
  /** The project's state folder, `<home>/_limaform/<project>`. */
  readonly state: string;
  /** What the user typed, program name first, for the line that root is told. */
  readonly invocation: readonly string[];
  /** As in `WriterContext`. */
  readonly graceMs?: number;
}

export interface LimaAdapter {
  readonly reader: InstanceReader;
  readonly writer: InstanceWriter;
  readonly disks: Disks;
  readonly files: InstanceFiles;
}

/** The Lima engine behind the ports. */
export function createLimaAdapter(options: LimaOptions): LimaAdapter {
  const { home, state, env, invocation } = options;
  const host = createHost(options);
  const limactl = createLimactl({ home, state, env, invocation, isEmulated: () => host.isEmulated() });
  const lister = createLister(home, limactl);
  const reader: InstanceReader = { ...lister, host: (signal) => host.facts(limactl, signal) };
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
