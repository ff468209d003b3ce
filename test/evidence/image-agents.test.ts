import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument, ImageDocument, ImagePruneDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import { FILES } from "../e2e/chapters/sample.js";
import { baseImageTable, type Fleet, makeFleet, PROJECT } from "../support/e2e.js";
import { registries } from "../support/registries.js";

/* Three large agents, four golden images and five boots of a worker: too long for every test run. */

const { npm } = registries();
const AGENTS = ["codex", "gemini", "opencode"] as const;
const WITH_CX16 = "qemu-system-x86_64 -machine q35,vmport=off -accel tcg,thread=multi,tb-size=512 -cpu max";
/** Where the settings of each lie. */
const SETTINGS = {
  codex: ["~/.codex/config.toml", "check_for_update_on_startup = false"],
  gemini: ["/etc/gemini-cli/settings.json", "enableAutoUpdate"],
  opencode: ["~/.config/opencode/opencode.json", '"autoupdate": false'],
} as const;

describe.skipIf(npm === null)("images with the other three agents, kept, updated and pruned", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeSpec("one");
    await fleet.repository.commit("Ask for agents");
    const { host } = await fleet.json<Plan>(0, "plan");
    // OpenCode needs CMPXCHG16B, which limaform takes away from emulated VMs: a user who has the error does this.
    if (host.isEmulated && host.arch === "x86_64") Object.assign(fleet.env, { QEMU_SYSTEM_X86_64: WITH_CX16 });
  });
  afterAll(() => fleet?.close());

  async function writeSpec(word: string): Promise<void> {
    const spec = `project = "${PROJECT}"
workers = 1

[vm]
cpus = 1
memory = "1GiB"
disk = "6GiB"
ca_certs = "host"

[image]
keep = 1

[tools]
node = "24"
mirror.node = "npm+${npm}"
mirror.npm = "${npm}"

${AGENTS.map((name) => `[agents.${name}]`).join("\n")}

[hooks]
post_sync = '''
echo ${word} > ~/synced
'''

${await baseImageTable()}`;
    await writeFile(join(fleet.repository.root, "limaform.toml"), spec);
    await fleet.expect(0, "trust", "--yes");
  }
  const names = (part: string) =>
    fleet
      .list()
      .map(({ name }) => name)
      .filter((name) => name.includes(part));
  const imageSteps = ({ steps }: ApplyDocument) =>
    steps.filter(({ address }) => address.startsWith("image.")).map(({ id }) => id);
  const apply = async () => {
    const document = await fleet.json<ApplyDocument>(0, "apply", "--yes");
    expect(document.verdict).toBe("done");
    return document;
  };
  const say = (text: string) => process.stderr.write(`${text}\n`);

  it("are built from recipes", async () => {
    await apply();
    const { image, record } = await fleet.json<ImageDocument>(0, "image", "show", "image.tools");
    say(JSON.stringify(image.versions));
    for (const { name, source, downloadedBytes, cachedBytes, elapsedMs } of record?.steps ?? []) {
      say(
        `${name}  ${source}  ${downloadedBytes} from outside  ${cachedBytes} cached  ${Math.round(elapsedMs / 1000)} s`,
      );
    }
    for (const name of AGENTS) {
      expect(record?.steps.find((step) => step.name.includes(name))?.version, name).toMatch(/^\d+\.\d+\.\d+$/u);
    }
  });

  it.each(AGENTS)("%s belongs to root, is told not to update itself, and answers the guest's user", async (name) => {
    const [file, line] = SETTINGS[name];
    const script = `program=$(readlink -f "$(command -v ${name})")
stat -c '%U %a' "$program"
test ! -w "$program" && test ! -w "$(dirname "$program")" && test ! -w /usr/local/lib/limaform && echo out of reach
grep -o '${line}' ${file}
sudo grep -rlsE 'sk-[a-z]|api_key|access_token' ~/.codex ~/.gemini ~/.config/opencode ~/.local/share/opencode || echo no login
id -un
${name} --version`;
    const said = await fleet.inside(1, "sh", "-c", script);
    say(said);
    expect(said).toMatch(
      new RegExp(
        `^root \\d+\\nout of reach\\n[\\s\\S]*${line}[\\s\\S]*\\nno login\\nagent\\n[\\s\\S]*\\d+\\.\\d+\\.\\d+`,
        "u",
      ),
    );
  });

  it("the image before stays with image.keep, and comes back without a build when the spec does", async () => {
    const [first = ""] = names("golden");
    await writeSpec("two");
    expect(imageSteps(await apply())).toEqual(
      ["create", "start", "push", "post_sync", "seal"].map((verb) => `${verb}:image.golden`),
    );
    expect(await fleet.inside(1, "cat", "/home/agent/synced")).toBe("two");
    const [second = ""] = names("golden").filter((name) => name !== first);
    expect(second).not.toBe("");
    await writeSpec("one");
    expect(imageSteps(await apply())).toEqual([]);
    expect(await fleet.inside(1, "cat", "/home/agent/synced")).toBe("one");
    expect(names("golden")).toContain(first);
    await fleet.expect(0, "plan", "--detailed-exitcode");
  });

  it("update --sync-only builds the golden one anew beside it, and the next apply rolls the worker over", async () => {
    const before = names("golden");
    const updated = await fleet.json<ApplyDocument>(0, "update", "--sync-only", "--yes");
    expect(updated.steps.map(({ id }) => id)).toEqual(
      ["create", "start", "push", "post_sync", "seal"].map((verb) => `${verb}:image.golden`),
    );
    const [fresh = ""] = names("golden").filter((name) => !before.includes(name));
    const { changes } = await fleet.json<Plan>(0, "plan");
    expect(changes.find(({ address }) => address === "worker.default[1]")?.action).toBe("replace");
    await apply();
    const { image } = await fleet.json<ImageDocument>(0, "image", "show", fresh);
    expect(image.users).toEqual([`${PROJECT}-worker-1`]);
  });

  it("image prune shows what goes, removes just that, and leaves what the worker stands on", async () => {
    const images = [...names("golden"), ...names("tools")];
    const { image: used } = await fleet.json<ImageDocument>(0, "image", "show");
    const older = names("golden").filter((name) => name !== used.instance);
    expect(older).not.toEqual([]);
    say(await fleet.expect(0, "image", "prune", "--dry-run"));
    const shown = await fleet.json<ImagePruneDocument>(0, "image", "prune", "--dry-run");
    expect(shown.removed).toBe(false);
    expect([...names("golden"), ...names("tools")]).toEqual(images);
    expect(shown.images.map(({ instance }) => instance).sort()).toEqual(older.sort());
    say(await fleet.expect(0, "image", "prune", "--yes"));
    expect(names("golden")).toEqual([used.instance]);
    expect(names("tools")).toHaveLength(1);
    expect((await fleet.json<ImagePruneDocument>(0, "image", "prune", "--dry-run")).images).toEqual([]);
    expect(await fleet.inside(1, "codex", "--version")).toMatch(/^codex-cli /u);
    await fleet.expect(0, "plan", "--detailed-exitcode");
  });
});
