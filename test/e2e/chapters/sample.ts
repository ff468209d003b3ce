import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { baseImageTable, type Fleet, PROJECT } from "../../support/e2e.js";

/** What the user's repository holds at the start. */
export const FILES: Readonly<Record<string, string>> = {
  ".gitignore": "*.log\nlocal/\n",
  "count.sh": "#!/bin/sh\nwc -l < README.md\n",
  "docs/notes.md": "notes\n",
};

export interface SpecChoice {
  /** Lines of the hook `post_sync`. */
  readonly postSync?: string;
  /** Further tables. */
  readonly more?: string;
}

/** Small workers: two of them run at once on the smallest machine of CI. */
export async function writeSpec({ repository, expect }: Fleet, choice: SpecChoice = {}): Promise<void> {
  const { postSync = "test -f count.sh\necho first > ~/e2e-synced", more = "" } = choice;
  const spec = `# The fleet of the tests.
project = "${PROJECT}"
workers = 2 # both of them

[vm]
cpus = 1
memory = "768MiB"
disk = "4GiB"

[hooks]
post_provision = '''
echo provisioned | sudo tee /etc/e2e-provisioned
'''
post_sync = '''
${postSync}
'''
${more}
${await baseImageTable()}`;
  await writeFile(join(repository.root, "limaform.toml"), spec);
  // The base image lies outside the repository.
  await expect(0, "trust", "--yes");
}
