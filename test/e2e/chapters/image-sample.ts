import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { baseImageTable, type Fleet, PROJECT } from "../../support/e2e.js";
import { toolTables } from "./image-tools.js";

/** The two hooks of the images' story; further tables of the spec. */
export interface ImageSpec {
  readonly postProvision: string;
  readonly postSync: string;
  readonly workers?: number;
  readonly disk?: string;
  /** Tables of tools and agents, where not those of the story. */
  readonly tools?: string;
  readonly more?: string;
}

/** The spec of the images' story, written anew for each turn of it. */
export async function writeImageSpec({ repository, expect }: Fleet, spec: ImageSpec): Promise<void> {
  const { postProvision, postSync, workers = 0, disk = "4GiB", tools = toolTables(), more = "" } = spec;
  const text = `project = "${PROJECT}"
workers = ${workers}

[vm]
cpus = 1
memory = "768MiB"
disk = "${disk}"
ca_certs = "host"

[hooks]
post_provision = '''
${postProvision}
'''
post_sync = '''
${postSync}
'''
${tools}
${more}
${await baseImageTable()}`;
  await writeFile(join(repository.root, "limaform.toml"), text);
  await expect(0, "trust", "--yes");
}
