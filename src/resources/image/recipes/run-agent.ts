import type { AgentFile, Backend } from "../../../backends/backend.js";
import { backendOf } from "../../../backends/registry.js";
import { BugError } from "../../../errors/errors.js";
import { sha256Hex } from "../../../util/digest.js";
import { plainUrl } from "../../../util/plain-url.js";
import { textOf, textOrNull } from "../../inputs.js";
import type { BuildRunner } from "../build-step.js";
import type { Architecture } from "../entry.js";
import { checkTool } from "./check.js";
import { type GuestWork, installFailed, runAsRoot, runLogged } from "./guest-work.js";
import { downloadOptions, installTree } from "./install.js";
import { parseMirror } from "./mirror.js";
import { npmFile, pickRelease, readPackage } from "./npm.js";
import type { Found, ReadText } from "./recipe.js";
import { resolve } from "./resolve.js";
import { parseRequest, type VersionRequest } from "./version.js";

/**
 * An agent that limaform knows: its program from the npm registry in root's hands, which is also why it cannot update
 * itself, and the settings that answer its first dialogs. No npm runs in the guest.
 */
export const runAgent: BuildRunner = async (ports, { instance }, { title, inputs, timeoutMs }, context) => {
  const name = textOf(inputs, "agent");
  const backend = backendOf(name);
  const version = textOf(inputs, "version");
  const request = parseRequest(version, ["latest"]);
  if (backend?.install == null || backend.check === null || request === null) {
    throw new BugError(`the plan names the agent ${name} ${version}, which cannot be installed`);
  }
  const work: GuestWork = { ports, instance, timeoutMs, context, title, key: `agents.${name}` };
  const arch = textOf(inputs, "arch") as Architecture;
  const mirror = textOrNull(inputs, "mirror");
  const registry = parseMirror(mirror ?? "")?.base ?? (await ports.downloads.npmRegistry(context.signal));
  const { found, indexBytes, note } = await resolve(
    ports.downloads,
    {
      ...{ title, key: work.key, text: version, request, source: registry },
      memory: `agent-${name}-${arch}-${sha256Hex(registry).slice(0, 12)}`,
      find: (read) => findAgent({ backend, registry, request, arch }, read),
    },
    ports.clock.now(),
    downloadOptions(work),
  );
  if (note !== null) context.log(note);
  const program = backend.install.platform?.[arch].program ?? backend.install.program ?? name;
  const tree = { name, found, links: { [name]: program }, setUp: `chmod 755 '${program}'` };
  const bytes = await installTree(work, tree);
  for (const file of backend.files) await writeFile(work, file);
  const checked = await checkTool(work, backend.check, found.version);
  return { version: checked, source: plainUrl(registry), ...bytes, indexBytes };
};

interface AgentQuery {
  readonly backend: Backend;
  readonly registry: string;
  readonly request: VersionRequest;
  readonly arch: Architecture;
}

/** The native program's package alone where there is one: the main package only starts it, and that by Node. */
export async function findAgent(
  { backend, registry, request, arch }: AgentQuery,
  read: ReadText,
): Promise<Found | null> {
  const { install } = backend;
  if (install === null) return null;
  const main = await readPackage(registry, install.package, read);
  const release = pickRelease(main, request);
  if (release === null) return null;
  const place = { into: "", strip: 1, only: [] };
  const platform = install.platform?.[arch] ?? null;
  if (platform === null) return { version: release.version, files: [npmFile(main, release, place)] };
  const programs = platform.package === install.package ? main : await readPackage(registry, platform.package, read);
  const wanted = `${release.version}${platform.versionSuffix}`;
  const program = programs.releases.find((each) => each.version === wanted);
  return program === undefined ? null : { version: release.version, files: [npmFile(programs, program, place)] };
}

/** In a home folder the file is its owner's; elsewhere root's. */
async function writeFile(work: GuestWork, { path, text }: AgentFile): Promise<void> {
  const script = 'mkdir -p "$(dirname "$1")"; cat > "$1"; chmod 644 "$1"';
  if (!path.startsWith("~/")) {
    await runAsRoot(work, `writing ${path}`, script, { args: [path], stdin: text });
    return;
  }
  const argv = ["sh", "-eu", "-c", `cd; umask 077; ${script.replace("644", "600")}`, "limaform", path.slice(2)];
  const { exitCode } = await runLogged(work, { argv, stdin: text });
  if (exitCode !== 0) throw installFailed(work, `writing ${path}`, exitCode);
}
