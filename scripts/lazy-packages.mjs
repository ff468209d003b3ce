import { readFile } from "node:fs/promises";

/*
 * esbuild plugins that keep oclif's share of every start small. Its modules require at their top what they rarely need;
 * that is put off until something of it is used, or left out where this program never uses it.
 */

/** Packages, and parts of its own, that wait until they are used. */
const LATER = [
  "ansi-escapes",
  "ansis",
  "clean-stack",
  "cli-spinners",
  "ejs",
  "indent-string",
  "lilconfig",
  "minimatch",
];
LATER.push(
  "string-width",
  "supports-color",
  "tinyglobby",
  "widest-line",
  "wordwrap",
  "wrap-ansi",
  "../help/index",
  "./help",
  "node:perf_hooks",
  "node:readline",
);

const list = LATER.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
/* `const x = __importDefault(require("x"))`: the default is read as a property, so a getter can load it. */
const WITH_DEFAULT = new RegExp(`^const (\\w+) = __importDefault\\(require\\("(${list})"\\)\\);$`, "gm");
/* `const x = require("x")`: its exports are read as properties too. */
const PLAIN = new RegExp(`^const (\\w+) = require\\("(${list})"\\);$`, "gm");

export const lazyPackages = {
  name: "lazy-packages",
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const contents = text
        .replace(WITH_DEFAULT, 'const $1 = { get default() { return __importDefault(require("$2")).default; } };')
        .replace(PLAIN, 'const $1 = new Proxy({}, { get: (_, name) => require("$2")[name] });');
      return { contents, loader: "js" };
    });
  },
};

/** What stands in for packages whose only use is oclif's own debugging and its name for the platform. */
const STAND_INS = {
  debug: "module.exports = () => Object.assign(() => {}, { enabled: false });",
  "wsl-utils": "exports.isWsl = false;",
};

export const standIns = {
  name: "stand-ins",
  setup(build) {
    build.onResolve({ filter: /^(debug|wsl-utils)$/ }, ({ path }) => ({ path, namespace: "stand-ins" }));
    build.onLoad({ filter: /./, namespace: "stand-ins" }, ({ path }) => ({ contents: STAND_INS[path], loader: "js" }));
  },
};

/**
 * Packages that our own code imports and that many commands end without: evaluated when first called. A name that is missing
 * here makes the build fail.
 */
const CALLED = {
  ajv: { classes: ["Ajv"], functions: ["_"] },
  chokidar: { classes: [], functions: ["watch"] },
  execa: { classes: [], functions: ["execa"] },
  "p-queue": { classes: ["default"], functions: [] },
  "toml-eslint-parser": { classes: [], functions: ["parseTOML"] },
  undici: { classes: ["EnvHttpProxyAgent"], functions: ["request"] },
  yaml: { classes: [], functions: ["parse", "stringify"] },
};

export const whenCalled = {
  name: "when-called",
  setup(build) {
    const filter = new RegExp(`^(${Object.keys(CALLED).join("|")})$`);
    build.onResolve({ filter }, ({ path, importer, namespace, resolveDir }) => {
      const isOurs = namespace === "file" && !/[\\/]node_modules[\\/]/.test(importer);
      return isOurs ? { path, namespace: "when-called", pluginData: { resolveDir } } : undefined;
    });
    build.onLoad({ filter: /./, namespace: "when-called" }, ({ path, pluginData: { resolveDir } }) => {
      const { classes, functions } = CALLED[path];
      const wrap = (name, call) =>
        `const ${name}_ = function (...given) { return ${call}; };\nexport { ${name}_ as ${name} };`;
      const lines = [
        ...classes.map((name) => wrap(name, `new (require("${path}").${name})(...given)`)),
        ...functions.map((name) => wrap(name, `require("${path}").${name}(...given)`)),
      ];
      return { contents: lines.join("\n"), resolveDir, loader: "js" };
    });
  },
};
