/*
 * Workers that are folders of this machine, behind a real sshd of the account that runs the bench: real limactl, real ssh,
 * real git on both sides; only the VM is missing, and limactl is told that it runs. The tests' stand-in carries units.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeWorkers, WORKER_SOURCES } from "./lima-workers.mjs";
import { LIMAFORM, ROOT, withScene } from "./scene.mjs";
import { load, withBundle } from "./sources.mjs";

const AGENTS = fileURLToPath(new URL("./host-agents.mjs", import.meta.url));
const FAKE_SYSTEMD = join(ROOT, "test/support/fake-systemd");
const INSTANCE_FILE = { format: "limaform.instance-file", version: 1 };

/**
 * Hands a fleet to `use` and removes it: `guests` are the workers' home folders, `bins` is the folder of programs that only
 * they have, `ssh(slot)` the words of an ssh to that worker over a warm connection of the bench's own.
 */
export async function withSshFleet({ workers, isRepository = true, prepare = async () => {} }, use) {
  const sshd = findSshd();
  const sources = await withBundle(WORKER_SOURCES, load);
  return withScene({ workers, limactl: null, isRepository }, async (scene) => {
    const runtime = join(scene.folder, "run");
    await mkdir(runtime, { mode: 0o700 });
    const env = { ...scene.env, XDG_RUNTIME_DIR: runtime };
    const options = { env, cwd: scene.root };
    await prepare(options);
    const [command, ...entry] = LIMAFORM;
    const plan = spawnSync(command, [...entry, "plan", "--json"], { ...options, encoding: "utf8", maxBuffer: 1e9 });
    const { owner } = JSON.parse(plan.stdout);
    await makeWorkers({ env, home: scene.home }, sources, { owner, count: workers, hold: "" });
    const slots = Array.from({ length: workers }, (_, index) => index + 1);
    const instance = (slot) => `bench-worker-${slot}`;
    const ports = await freePorts(workers);
    const portOf = (slot) => ports[slot - 1];
    const { hostKey, start } = await makeServer({ ...scene, sshd, slots, portOf });
    for (const slot of slots) {
      const folder = join(scene.home, instance(slot));
      const note = (fields) => `${JSON.stringify({ ...INSTANCE_FILE, instance: instance(slot), ...fields })}\n`;
      const config = `Host lima-${instance(slot)}\n  User ${userInfo().username}\n  Port ${portOf(slot)}\n`;
      await writeFile(join(folder, "ssh.config"), config);
      await writeFile(join(folder, "limaform-hostkey.json"), note({ key: hostKey }));
      await writeFile(join(folder, "limaform-ready.json"), note({ readyAt: new Date().toISOString() }));
    }
    const server = await start();
    const agents = await startAgents({ ...scene, slots, instance, portOf });
    try {
      const ssh = await warmConnections({ ...scene, options, slots });
      const guests = Object.fromEntries(slots.map((slot) => [slot, guestOf(scene.folder, slot)]));
      return await use({ ...scene, env, options, guests, ssh, bins: binsOf(scene.folder) });
    } finally {
      agents.stdin.end();
      server.kill();
      for (const slot of slots)
        spawnSync("ssh", [...warm(scene, slot), "-O", "exit", alias(slot)], { stdio: "ignore" });
    }
  });
}

/** Programs that the guests have beside this machine's. */
const binsOf = (folder) => join(folder, "guests", "bin");
const guestOf = (folder, slot) => join(folder, "guests", String(slot));
const alias = (slot) => `lima-bench-worker-${slot}`;
const warm = ({ home, folder }, slot) => [
  ...["-F", join(home, `bench-worker-${slot}`, "bench.config"), "-o", `ControlPath=${join(folder, "run", `w${slot}`)}`],
];

function findSshd() {
  const places = [
    process.env.LF_SSHD,
    ...["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"].map((at) => `${at}/sshd`),
  ];
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (found === undefined)
    throw new Error("there is no sshd; install openssh-server, or name one: LF_SSHD=/path/of/sshd");
  return found;
}

/** An sshd listens on that many ports at most. */
const LISTENS = 16;

/** A port a worker: each leads into a home folder of its own. */
async function makeServer({ folder, home, sshd, slots, portOf, env }) {
  const place = join(folder, "sshd");
  await mkdir(place);
  await mkdir(join(home, "_config"), { recursive: true });
  const user = join(home, "_config", "user");
  for (const key of [join(place, "host"), ...(existsSync(user) ? [] : [user])])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  await writeFile(join(place, "authorized"), await readFile(`${user}.pub`));
  for (const slot of slots) await mkdir(join(guestOf(folder, slot), "systemd"), { recursive: true });
  await mkdir(binsOf(folder), { recursive: true });
  const path = `${binsOf(folder)}:${FAKE_SYSTEMD}:${env.PATH}:/usr/local/bin:/usr/bin:/bin`;
  // What root owns in a worker lies in the guest's own folder here.
  const mapped = `$(printf %s "$SSH_ORIGINAL_COMMAND" | sed "s#/var/lib/limaform#$PWD/var#g; s#/run/limaform#$PWD/run#g")`;
  const configOf = (part) => [
    ...part.map((slot) => `ListenAddress 127.0.0.1:${portOf(slot)}`),
    `HostKey ${join(place, "host")}`,
    `AuthorizedKeysFile ${join(place, "authorized")}`,
    "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no",
    "MaxStartups 100",
    ...part.flatMap((slot) => [
      `Match LocalPort ${portOf(slot)}`,
      `  ForceCommand cd ${guestOf(folder, slot)} && export HOME=$PWD PATH=${path} FAKE_SYSTEMD_DIR=$PWD/systemd GIT_CONFIG_NOSYSTEM=1 && exec sh -c "${mapped}"`,
    ]),
  ];
  const configs = [];
  for (let from = 0; from < slots.length; from += LISTENS) {
    const config = join(place, `config-${from}`);
    await writeFile(config, `${configOf(slots.slice(from, from + LISTENS)).join("\n")}\n`);
    configs.push(config);
  }
  const [type, key] = (await readFile(join(place, "host.pub"), "utf8")).split(" ");
  return {
    hostKey: `${type} ${key}`,
    async start() {
      const children = [];
      for (const config of configs) {
        const child = spawn(sshd, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
        children.push(child);
        await saying(child, child.stderr, "listening");
      }
      return {
        kill() {
          for (const child of children) child.kill();
        },
      };
    },
  };
}

async function startAgents({ home, slots, instance, portOf }) {
  const sockets = slots.map((slot) => `${join(home, instance(slot), "ha.sock")}=${portOf(slot)}`);
  const child = spawn(process.execPath, [AGENTS, ...sockets], { stdio: ["pipe", "pipe", "inherit"] });
  await saying(child, child.stdout, "ready");
  for (const slot of slots)
    for (const name of ["ha.pid", "qemu.pid"]) await writeFile(join(home, instance(slot), name), `${child.pid}\n`);
  return child;
}

/** A connection a worker that stays open, as the floor's. */
async function warmConnections(scene) {
  const { options, slots, home } = scene;
  const [command, ...entry] = LIMAFORM;
  for (const slot of slots) {
    const config = execFileSync(command, [...entry, "ssh-config", String(slot)], options);
    await writeFile(join(home, `bench-worker-${slot}`, "bench.config"), config);
    const open = ["-o", "ControlMaster=yes", "-o", "ControlPersist=yes", "-N", "-f", alias(slot)];
    execFileSync("ssh", [...warm(scene, slot), ...open], { ...options, stdio: "ignore" });
  }
  return (slot) => ["ssh", ...warm(scene, slot), alias(slot)];
}

function saying(child, stream, word) {
  let said = "";
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${said}`)));
    stream.on("data", (chunk) => {
      said += chunk;
      if (said.includes(word)) resolve();
    });
  });
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = [];
  for (const server of servers) {
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    ports.push(server.address().port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
