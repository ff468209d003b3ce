import type { AnySchemaObject } from "ajv";
import { describe, expect, it } from "vitest";
import type { ResolvedSpec } from "../../../../src/resources/kind.js";
import type { Json } from "../../../../src/util/json.js";
import type { SourceFacts } from "../../../../src/world/sources.js";
import { allKeys } from "../../../support/all-keys.js";
import { GOLDEN, HEAD, HOST, revisionOf, sourcesOf, specOf, TOOLS } from "../../../support/builders.js";

type Effect = "new tools" | "new golden" | "none";

/** A change of the tools image is one of the golden image too, because that is cloned from it. */
function effect(before: ResolvedSpec, after: ResolvedSpec, sources = [sourcesOf(), sourcesOf()]): Effect {
  const isSame = (address: typeof TOOLS) =>
    revisionOf(address, before, sources[0]) === revisionOf(address, after, sources[1]);
  if (!isSame(TOOLS)) {
    expect(isSame(GOLDEN)).toBe(false);
    return "new tools";
  }
  return isSame(GOLDEN) ? "none" : "new golden";
}

const withValue = (spec: ResolvedSpec, key: string, value: Json): ResolvedSpec => ({
  ...spec,
  values: { ...spec.values, [key]: value },
});

/** Another value for each key of the spec, and what it does to images without hooks. */
const KEYS: Readonly<Record<string, readonly [value: Json, effect: Effect]>> = {
  agents: [{ claude: {} }, "new tools"],
  disks: [[], "none"],
  env: [{ A: "b" }, "none"],
  gpu: [{}, "none"],
  "hooks.check": ["true", "none"],
  "hooks.post_provision": ["apt-get update", "new tools"],
  "hooks.post_sync": ["make", "new golden"],
  "hooks.pre_run": ["true", "none"],
  hosts: [[], "none"],
  "image.allow_secrets": [["/srv/*.pem"], "none"],
  "image.inputs": [["*.lock"], "none"],
  "image.keep": [5, "none"],
  "image.step_timeout": ["1h", "none"],
  "limits.cpus": [3, "none"],
  "limits.disk": ["1GiB", "none"],
  "limits.memory": ["1GiB", "none"],
  "network.allow": [["x.test"], "none"],
  "network.egress": ["closed", "none"],
  notify: [{}, "none"],
  pools: [[], "none"],
  project: ["other", "none"],
  "repo.mode": ["files", "new golden"],
  "repo.path": ["/srv/app", "new golden"],
  "repo.uncommitted": [false, "none"],
  "rollout.surge": [1, "none"],
  "rollout.unavailable": [2, "none"],
  "run.agent": ["claude", "none"],
  "run.stuck_after": ["1h", "none"],
  "run.timeout": ["1h", "none"],
  secrets: [{ A: { env: "A" } }, "none"],
  snapshot: [{}, "none"],
  "sync.from.default_paths": [["a"], "none"],
  "sync.from.exclude": [["a"], "none"],
  "sync.to.default_paths": [["a"], "none"],
  "sync.to.exclude": [["a"], "none"],
  "sync.to.include": [["a"], "none"],
  "tools.apt": [["jq"], "new tools"],
  "tools.custom": [{ yq: { install: "true" } }, "new tools"],
  "tools.duckdb": ["1", "new tools"],
  "tools.go": ["1", "new tools"],
  "tools.mirror.apt": ["http://a.test", "none"],
  "tools.mirror.duckdb": ["http://a.test", "none"],
  "tools.mirror.go": ["http://a.test", "none"],
  "tools.mirror.node": ["http://a.test", "none"],
  "tools.mirror.npm": ["http://a.test", "none"],
  "tools.mirror.python": ["http://a.test", "none"],
  "tools.mirror.rust": ["http://a.test", "none"],
  "tools.node": ["24", "new tools"],
  "tools.python": ["3", "new tools"],
  "tools.rust": ["1", "new tools"],
  "vm.arch": ["aarch64", "new tools"],
  // Its files count by their content: see below.
  "vm.ca_certs": [["a.pem"], "none"],
  "vm.cpus": [1, "none"],
  "vm.disk": ["99GiB", "none"],
  "vm.image": ["debian-12", "new tools"],
  "vm.memory": ["9GiB", "none"],
  "vm.start_timeout": ["1h", "none"],
  "vm.type": ["vz", "new tools"],
  "vm.user": ["dev", "new tools"],
  "watch.default_paths": [["a"], "none"],
  "watch.interval": [9, "none"],
  "work.paths": [["/a"], "none"],
  workers: [9, "none"],
};

/** Names of the fields of tables, at any depth: `agents.*.command`. A list counts as what is in it. */
function fieldsOf(schema: AnySchemaObject, path: string): readonly string[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  const tables = [...anyOf, ...(isTable(items) ? [items] : [])].flatMap((each) => fieldsOf(each, path));
  const others = isTable(additionalProperties) ? fieldsOf(additionalProperties, `${path}.*`) : [];
  const own = Object.entries<AnySchemaObject>(properties).flatMap(([name, inner]) => [
    `${path}.${name}`,
    ...fieldsOf(inner, `${path}.${name}`),
  ]);
  return [...new Set([...tables, ...others, ...own])].sort();
}
const isTable = (value: unknown): value is AnySchemaObject => typeof value === "object" && value !== null;

const agent = (fields: string) => `agents.mine = { command = ["mine"], ${fields} }`;
/** Gemini's program is run by Node. */
const known = (name: string, fields: string): string => `tools.node = "24"\nagents.${name} = { ${fields} }`;
const custom = (fields: string) => `tools.custom.yq = { ${fields} }`;
const image = (fields: string) => `vm.image = { ${fields} }`;
const AT = 'location = "https://a.test/a"';
const secret = (fields: string) => `secrets.TOKEN = { ${fields} }`;
type Field = readonly [before: string, after: string, effect: Effect];

/** A change of each field, and what it does to images without hooks. */
const FIELDS: Readonly<Record<string, Field>> = {
  "agents.*.check": [agent('check = "a"'), agent('check = "b"'), "new tools"],
  "agents.*.command": [agent(""), agent("").replace('"mine"]', '"mine", "--fast"]'), "none"],
  "agents.*.install": [agent('install = "a"'), agent('install = "b"'), "new tools"],
  ...Object.fromEntries(
    ["claude", "codex", "gemini", "opencode"].flatMap((name): [string, Field][] => [
      [`agents.${name}`, ['tools.node = "24"', known(name, ""), "new tools"]],
      [`agents.${name}.version`, [known(name, ""), known(name, 'version = "1.2.3"'), "new tools"]],
    ]),
  ),
  "secrets.*.command": [secret('command = ["a"]'), secret('command = ["b"]'), "none"],
  "secrets.*.env": [secret('env = "A"'), secret('env = "B"'), "none"],
  "secrets.*.file": [secret('file = "./a"'), secret('file = "./b"'), "none"],
  "tools.custom.*.check": [custom('install = "a", check = "a"'), custom('install = "a", check = "b"'), "new tools"],
  "tools.custom.*.install": [custom('install = "a"'), custom('install = "b"'), "new tools"],
  "tools.custom.*.version": [
    custom('install = "a", version = "1"'),
    custom('install = "a", version = "2"'),
    "new tools",
  ],
  "vm.image.arch": [image(AT), image(`${AT}, arch = "x86_64"`), "none"],
  "vm.image.cmdline": [image(`${AT}, cmdline = "a"`), image(`${AT}, cmdline = "b"`), "new tools"],
  "vm.image.digest": [
    image(`${AT}, digest = "sha256:${"0".repeat(64)}"`),
    image(`${AT}, digest = "sha256:${"1".repeat(64)}"`),
    "new tools",
  ],
  "vm.image.initrd": [
    image(`${AT}, initrd = "https://a.test/i"`),
    image(`${AT}, initrd = "https://a.test/j"`),
    "new tools",
  ],
  "vm.image.kernel": [
    image(`${AT}, kernel = "https://a.test/k"`),
    image(`${AT}, kernel = "https://a.test/l"`),
    "new tools",
  ],
  "vm.image.location": [image(AT), image('location = "https://a.test/b"'), "new tools"],
};

describe("the revision of images", () => {
  it("is decided about every key of the spec", () => {
    expect(Object.keys(KEYS).sort()).toEqual(allKeys.map(({ key }) => key).sort());
  });

  it.each(allKeys.map(({ key }) => ({ key })))("has the declared effect of $key", ({ key }) => {
    const [value = null, expected] = KEYS[key] ?? [];
    const spec = specOf();
    expect(spec.values[key] ?? null).not.toEqual(value);
    expect(effect(spec, withValue(spec, key, value))).toBe(expected);
  });

  const fields = allKeys.flatMap(({ key, schema }) => fieldsOf(schema, key));

  it("is decided about every field of every table", () => {
    expect(Object.keys(FIELDS).sort()).toEqual([...fields].sort());
  });

  it.each(fields.map((field) => ({ field })))("has the declared effect of $field", ({ field }) => {
    const [before = "", after = "", expected] = FIELDS[field] ?? [];
    expect(specOf(before).values).not.toEqual(specOf(after).values);
    expect(effect(specOf(before), specOf(after))).toBe(expected);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ["nothing", "", ["5f1b10cf089ce8a1", "2b830f6f20d4f5ff"]],
    [
      "hooks",
      'hooks.post_provision = "true"\nhooks.post_sync = "npm ci"\nenv.A = "b"',
      ["2f058c9dab3f52cd", "379498cc62c31883"],
    ],
    [
      "tools",
      'tools.node = "24"\ntools.go = "1"\ntools.rust = "1"\ntools.python = "3"\ntools.duckdb = "1"\ntools.apt = ["jq"]',
      ["b649d01a6b48d16d", "f861a31cfdd01de0"],
    ],
    [
      "agents",
      'tools.node = "24"\nagents = { claude = {}, codex = {}, gemini = {}, opencode = {} }',
      ["cf7a0668ac78cbf1", "394b41a71a302d13"],
    ],
    ["custom", 'tools.custom.yq = { install = "true", version = "1" }', ["b9df15e464d08d99", "bcd89eb1c714fb84"]],
  ])(
    "is what it was in earlier versions of limaform for %s: else every fleet rolls at an upgrade",
    (_, text, revisions) => {
      // A recipe whose number is raised changes these, and only those that use it.
      const spec = specOf(`vm.image = { location = "https://a.test/a", digest = "sha256:${"0".repeat(64)}" }\n${text}`);
      expect([TOOLS, GOLDEN].map((address) => revisionOf(address, spec)?.slice(0, 16))).toEqual(revisions);
    },
  );

  it("takes the certificates in, and not the files that they are in", () => {
    const rooted = { ...sourcesOf(), caCerts: "-----BEGIN CERTIFICATE-----" };
    expect(effect(specOf(), specOf(), [sourcesOf(), rooted])).toBe("new tools");
  });

  it("takes of agents version, install and check in, and of a mirror nothing", () => {
    const of = (before: string, after: string) => effect(specOf(before), specOf(after));
    expect(of("agents.claude = {}", 'agents.claude = { version = "2.1.3" }')).toBe("new tools");
    const own = (text: string) => `agents.mine = { command = ["mine"], ${text} }`;
    const other = 'agents.mine = { command = ["mine", "--fast"], install = "true" }';
    expect(of(own('install = "true"'), other)).toBe("none");
    expect(of(own('install = "true"'), own('install = "false"'))).toBe("new tools");
    expect(of(own('check = "true"'), own('check = "false"'))).toBe("new tools");
    const tool = 'tools.node = "24"\n';
    expect(of(tool, `${tool}tools.mirror.node = "npm+https://npm.test"`)).toBe("none");
  });

  it("takes env in where a hook is set, and only into the image of that hook", () => {
    const withEnv = (text: string) => effect(specOf(text), withValue(specOf(text), "env", { A: "b" }));
    expect(withEnv('hooks.post_provision = "true"')).toBe("new tools");
    expect(withEnv('hooks.post_sync = "true"')).toBe("new golden");
  });

  it("takes the tracked inputs in only where post_sync is set", () => {
    const changed = sourcesOf({ imageInputs: [{ path: "package-lock.json", blob: "0ther" }] });
    const moved = sourcesOf({ imageInputs: [{ path: "a/package-lock.json", blob: "b10b" }] });
    const hooked = specOf('hooks.post_sync = "npm ci"');
    expect(effect(specOf(), specOf(), [sourcesOf(), changed])).toBe("none");
    expect(effect(hooked, hooked, [sourcesOf(), changed])).toBe("new golden");
    expect(effect(hooked, hooked, [sourcesOf(), moved])).toBe("new golden");
  });

  it("does not change with a commit, a branch or an uncommitted file", () => {
    const others: readonly SourceFacts[] = [
      sourcesOf({ head: "f".repeat(40) }),
      sourcesOf({ branch: "other" }),
      sourcesOf({ root: "/elsewhere" }),
      sourcesOf({ carried: { digest: "d", count: 1, bytes: 1, keptOut: [] } }),
    ];
    const spec = specOf('hooks.post_provision = "true"\nhooks.post_sync = "true"');
    for (const sources of others) expect(effect(spec, spec, [sourcesOf({ head: HEAD }), sources])).toBe("none");
  });

  it("means by vm.type auto what the host would choose, and not how that is spelled", () => {
    const of = (text: string, host = HOST) => revisionOf(TOOLS, specOf(text), sourcesOf(), host);
    expect(of('vm.type = "qemu"')).toBe(of(""));
    expect(of("", { ...HOST, vmType: "vz" })).toBe(of('vm.type = "vz"'));
  });

  it("means by vm.arch auto the host's", () => {
    const of = (text: string, host = HOST) => revisionOf(TOOLS, specOf(text), sourcesOf(), host);
    expect(of('vm.arch = "x86_64"')).toBe(of(""));
    expect(of("", { ...HOST, arch: "aarch64" })).toBe(of('vm.arch = "aarch64"'));
  });

  it("does not change with the rest of the host", () => {
    const other = {
      ...HOST,
      cpus: 2,
      memoryBytes: 1,
      isEmulated: true,
      cloneMethod: "full",
      limaVersion: "3",
    } as const;
    expect(revisionOf(GOLDEN, specOf(), sourcesOf(), other)).toBe(revisionOf(GOLDEN));
  });

  it("counts local files by content, not by path", () => {
    const local = (location: string, digest: string) => {
      const spec = specOf(`vm.image = { location = "${location}" }`);
      return revisionOf(TOOLS, spec, sourcesOf({}, { [location]: digest }));
    };
    expect(local("./a.qcow2", "sha256:1")).toBe(local("./b.qcow2", "sha256:1"));
    expect(local("./a.qcow2", "sha256:1")).not.toBe(local("./a.qcow2", "sha256:2"));
  });

  it("counts kernel, initrd and command line", () => {
    const plain = '{ location = "./a", kernel = "./k", initrd = "./i", cmdline = "c" }';
    const files = { "./a": "sha256:a", "./k": "sha256:k", "./i": "sha256:i" };
    const of = (table: string, digests: Record<string, string> = files) =>
      revisionOf(TOOLS, specOf(`vm.image = ${table}`), sourcesOf({}, digests));
    const others = [
      of(plain.replace('"c"', '"d"')),
      of(plain, { ...files, "./k": "sha256:2" }),
      of(plain, { ...files, "./i": "sha256:2" }),
      of(plain, { ...files, "./a": "sha256:2" }),
    ];
    expect(new Set([of(plain), ...others]).size).toBe(5);
  });

  it("ignores the tables of other architectures", () => {
    const table = (arch: string, file: string) => `{ location = "${file}", arch = "${arch}" }`;
    const of = (other: string) =>
      revisionOf(TOOLS, specOf(`vm.image = [${table("x86_64", "./a")}, ${table("aarch64", other)}]`));
    expect(of("./b")).toBe(of("./c"));
  });
});
