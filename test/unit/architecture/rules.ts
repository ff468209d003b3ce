/*
 * The architecture as data: which area may import which, where packages and effects live, and why. A breach prints the
 * reason. Source: docs/architecture.md, "Who may import whom". Paths are from `src/`; a pattern is a prefix, or a whole
 * path where it ends in `.ts`; `*` stands for one name.
 */

/** `types`: nothing of it may be left at run time. */
export interface Grant {
  readonly to: string;
  readonly only?: "types";
}

export interface AreaRule {
  /** The first rule whose pattern fits a file is the file's. */
  readonly area: string;
  readonly may: readonly (string | Grant)[];
  readonly because: string;
}

const types = (to: string): Grant => ({ to, only: "types" });
/** Pure words about addresses, names and marks that planning and views share with the kinds. */
const WORDS = ["resources/kind.ts", "resources/address.ts", "resources/names.ts", "resources/marks-of.ts"];

export const AREA_RULES: readonly AreaRule[] = [
  {
    area: "cli.ts",
    may: ["commands/", "parts.ts"],
    because: "the entry answers fast or starts the command line; nothing else",
  },
  { area: "parts.ts", may: [], because: "the build runs it by itself" },
  { area: "util/", may: ["util/", "../package.json"], because: "small pure helpers stand on nothing of ours" },
  { area: "world/", may: ["world/", "util/"], because: "plain facts; everyone shares them, they know nobody" },
  { area: "errors/", may: ["errors/", "util/"], because: "errors are thrown everywhere, so they depend on nothing" },
  { area: "graph/", may: ["graph/", "util/"], because: "a generic graph knows no resource" },
  {
    area: "events/",
    may: ["events/", "errors/", "util/"],
    because: "the event stream knows neither its source nor its views",
  },
  {
    area: "ports/",
    may: [
      "ports/",
      types("backends/"),
      types("events/"),
      types("errors/"),
      types("record/"),
      types("runs/"),
      types("world/"),
      types("util/"),
    ],
    because: "ports are interfaces only",
  },
  { area: "record/", may: ["record/", "world/", "errors/", "util/"], because: "pure codecs; the store writes them" },
  {
    area: "backends/",
    may: ["backends/", "errors/", "util/"],
    because: "agents are data; what they did is read, pure",
  },
  {
    area: "runs/",
    may: ["runs/", types("backends/"), types("events/"), types("world/"), "errors/", "util/"],
    because: "states and evidence are pure",
  },
  {
    area: "review/",
    may: ["review/", types("events/"), types("world/"), "errors/", "util/"],
    because: "judging what came back is pure",
  },
  {
    area: "resources/registry.ts",
    may: ["resources/"],
    because: "the one list of kinds",
  },
  {
    area: "resources/kind.ts",
    may: [types("world/"), types("util/")],
    because: "the contract of a kind must not pull anything in",
  },
  {
    area: "resources/*/",
    may: ["resources/", "backends/", types("ports/"), "record/marks-codec.ts", "graph/", "world/", "errors/", "util/"],
    because: "a kind is rules and a driver; the driver acts through ports",
  },
  {
    area: "resources/",
    may: ["resources/", types("ports/"), types("record/"), "world/", "errors/", "util/"],
    because: "what the kinds share",
  },
  {
    area: "spec/",
    may: ["spec/", ...WORDS, types("world/"), "errors/", "util/"],
    because: "the spec knows keys by the contract of kinds, not the kinds",
  },
  {
    area: "plan/",
    may: ["plan/", ...WORDS, "graph/", "record/", "world/", "errors/", "util/"],
    because: "planning decides and never acts: no driver, no port, no adapter",
  },
  {
    area: "reconcilers/",
    may: ["reconcilers/", "plan/", ...WORDS, "record/", "events/", types("ports/"), "world/", "errors/", "util/"],
    because: "reconcilers act through ports and never decide",
  },
  {
    area: "views/",
    may: [
      ...["views/", types("events/"), types("plan/"), types("app/app.ts"), types("world/"), types("errors/"), "util/"],
      ...[types("resources/kind.ts"), "resources/address.ts"],
    ],
    because: "views turn documents and events into text; they know no effect and no use case's inside",
  },
  {
    area: "adapters/git/",
    may: ["adapters/", "review/", types("events/"), types("ports/"), "record/", types("world/"), "errors/", "util/"],
    because: "adapters stand under ports; git also checks what comes back before anything of it is kept",
  },
  {
    area: "adapters/runs/",
    may: ["adapters/", "runs/", types("backends/"), types("ports/"), "record/", "world/", "errors/", "util/"],
    because:
      "adapters stand under ports; the state of a run is judged from evidence by one pure function, wherever it is read",
  },
  {
    area: "adapters/",
    may: ["adapters/", types("ports/"), "record/", "world/", "errors/", "util/"],
    because: "adapters stand under ports and know neither plan nor kinds",
  },
  {
    area: "app/",
    may: [
      ...[
        "app/",
        "adapters/",
        "backends/",
        "reconcilers/",
        "plan/",
        "spec/",
        "resources/",
        "runs/",
        "review/",
        "record/",
      ],
      ...["graph/", "events/", "ports/", "world/", "errors/", "util/", "../setup/packages.json"],
    ],
    because: "use cases know everything but the command line and its views",
  },
  {
    area: "commands/",
    may: [
      ...["commands/", "views/", types("app/app.ts"), types("plan/"), types("resources/kind.ts"), "errors/", "util/"],
      ...["app/compose.ts", "events/error-document.ts", types("events/")],
    ],
    because: "a command parses, calls one use case and picks a view",
  },
];

/** Beyond the areas: single edges, allowed or not. */
export interface EdgeRule {
  readonly to: string;
  readonly onlyFrom: readonly string[];
  readonly because: string;
}

export const EDGE_RULES: readonly EdgeRule[] = [
  {
    to: "resources/registry.ts",
    onlyFrom: ["app/compose.ts"],
    because: "the registry is a value: compose hands it on, everyone else gets it typed by kind.ts",
  },
  {
    to: "app/compose.ts",
    onlyFrom: ["commands/runtime.ts"],
    because: "the real adapters are made in one place and asked for in one place",
  },
];

export interface HomeRule {
  /** Package, Node module, or an effect as `effectsOf` names it. */
  readonly name: string;
  readonly homes: readonly string[];
  /** True where types may be used everywhere. */
  readonly typesAnywhere?: true;
  readonly because: string;
}

/** What is not named here may not be imported at all. */
export const PACKAGE_HOMES: readonly HomeRule[] = [
  { name: "@oclif/core/", homes: ["cli.ts", "commands/"], because: "only the command line knows oclif" },
  { name: "smol-toml", homes: ["spec/parse.ts"], because: "one parser decides what a spec says" },
  { name: "toml-eslint-parser", homes: ["spec/"], because: "places of keys for diagnostics" },
  { name: "yaml", homes: ["resources/*/template.ts", "adapters/lima/"], because: "Lima's own language" },
  {
    name: "ajv",
    homes: ["util/ajv.ts", "util/validator-code.ts"],
    typesAnywhere: true,
    because: "one ajv for all schemas",
  },
  { name: "ajv/dist/standalone/", homes: ["util/validator-code.ts"], because: "of the build only" },
  { name: "@noble/hashes/", homes: ["util/digest.ts"], because: "one digest of texts" },
  { name: "p-queue", homes: ["reconcilers/scheduler.ts"], because: "one scheduler" },
  { name: "execa", homes: ["adapters/process/"], because: "one function runs every child" },
  {
    name: "undici",
    homes: ["adapters/downloads/client.ts"],
    because: "one client makes every request, behind the host's proxies",
  },
  { name: "immer", homes: ["plan/", "record/"], because: "pure changes of the predicted world" },
  { name: "chokidar", homes: ["adapters/host/folder-events.ts"], because: "one watcher of this host's files" },
  { name: "ignore", homes: ["adapters/git/"], because: "gitignore-style patterns of repository files" },
];

const OUTSIDE = ["adapters/", "app/compose.ts", "commands/runtime.ts", "cli.ts", "parts.ts"];

export const NODE_HOMES: readonly HomeRule[] = [
  { name: "node:child_process", homes: ["adapters/process/"], because: "one function runs every child" },
  ...[
    "fs",
    "fs/promises",
    "tls",
    "stream/promises",
    "zlib",
    "readline",
    "readline/promises",
    "net",
    "perf_hooks",
    "timers/promises",
    "events",
  ].map((name) => ({
    name: `node:${name}`,
    homes: OUTSIDE,
    because: "effects live in adapters; commands/runtime.ts is the process as commands see it",
  })),
  { name: "node:os", homes: [...OUTSIDE, "app/"], because: "facts of the host are asked for at the edge" },
  ...["module", "vm"].map((name) => ({
    name: `node:${name}`,
    homes: ["parts.ts"],
    because: "how code is loaded is the entry's",
  })),
  { name: "node:stream", homes: ["adapters/"], typesAnywhere: true, because: "streams belong to processes and files" },
  ...["path", "util", "crypto", "url", "string_decoder", "buffer"].map((name) => ({
    name: `node:${name}`,
    homes: [""],
    because: "pure",
  })),
];

/** Effects that need no import, by the names of `effectsOf`. */
export const EFFECT_HOMES: readonly HomeRule[] = [
  {
    name: "current time",
    homes: ["adapters/clock.ts", "commands/runtime.ts"],
    because: "time is handed in by the clock",
  },
  { name: "randomness", homes: ["adapters/clock.ts"], because: "random ids come from the clock port" },
  { name: "timer", homes: ["adapters/", "commands/runtime.ts"], because: "waiting is an effect" },
  {
    name: "process",
    homes: [...OUTSIDE, "commands/version-line.ts"],
    because: "the process is touched at the edge only",
  },
  { name: "console", homes: [], because: "text goes to a stream that was handed in" },
];
