import { readFile } from "node:fs/promises";

/*
 * esbuild plugins that keep oclif's share of every start small. Its modules require at their top what they rarely need;
 * that is put off until something of it is used, or left out where this program never uses it.
 */

export const packagePart = (name) => `package-${name}`;

/** Packages that wait until they are used; they are a part of the program of their own. */
export const OCLIF_LATER = [
  "ansi-escapes",
  "ansis",
  "clean-stack",
  "cli-spinners",
  "ejs",
  "indent-string",
  "lilconfig",
  "minimatch",
  "string-width",
  "supports-color",
  "tinyglobby",
  "widest-line",
  "wordwrap",
  "wrap-ansi",
];
/** Parts of its own, and of Node, that wait too. */
const LATER = ["../help/index", "./help", "node:perf_hooks", "node:readline"];

const list = [...OCLIF_LATER, ...LATER].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
/* `const x = __importDefault(require("x"))`: the default is read as a property, so a getter can load it. */
const WITH_DEFAULT = new RegExp(`^const (\\w+) = __importDefault\\(require\\(["'](${list})["']\\)\\);$`, "gm");
/* `const x = require("x")`: its exports are read as properties too, or it is a function itself. */
const PLAIN = new RegExp(`^const (\\w+) = require\\(["'](${list})["']\\);$`, "gm");

export const lazyPackages = {
  name: "lazy-packages",
  setup(build) {
    const names = new RegExp(`^(${OCLIF_LATER.join("|")})$`);
    build.onResolve({ filter: names }, ({ path, importer }) =>
      /@oclif[\\/]core[\\/]/.test(importer) ? { path, namespace: "oclif-later" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "oclif-later" }, ({ path }) => ({
      contents: `module.exports = require("./${packagePart("oclif")}.js")["${path}"];`,
      loader: "js",
    }));
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const contents = text
        .replace(WITH_DEFAULT, 'const $1 = { get default() { return __importDefault(require("$2")).default; } };')
        .replace(
          PLAIN,
          'const $1 = new Proxy(() => {}, { get: (_, name) => require("$2")[name], apply: (_, self, given) => require("$2")(...given) });',
        );
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
 * here makes the build fail. What few commands call at all (`apart`) is a part of the program of its own.
 */
export const CALLED = {
  ajv: { classes: ["Ajv"], functions: ["_"], apart: true },
  chokidar: { classes: [], functions: ["watch"], apart: true },
  execa: { classes: [], functions: ["execa"], apart: true },
  "p-queue": { classes: ["default"], functions: [], apart: false },
  "toml-eslint-parser": { classes: [], functions: ["parseTOML"], apart: true },
  undici: { classes: ["EnvHttpProxyAgent"], functions: ["request"], apart: true },
  yaml: { classes: [], functions: ["parse", "stringify"], apart: true },
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
      const { classes, functions, apart } = CALLED[path];
      const from = apart ? `./${packagePart(path)}.js` : path;
      const wrap = (name, call) =>
        `const ${name}_ = function (...given) { return ${call}; };\nexport { ${name}_ as ${name} };`;
      const lines = [
        ...classes.map((name) => wrap(name, `new (require("${from}").${name})(...given)`)),
        ...functions.map((name) => wrap(name, `require("${from}").${name}(...given)`)),
      ];
      return { contents: lines.join("\n"), resolveDir, loader: "js" };
    });
  },
};

/** Packages that lie in parts of their own are not looked into. */
export const packageParts = {
  name: "package-parts",
  setup(build) {
    build.onResolve({ filter: /^\.\/package-/ }, ({ path }) => ({ path, external: true }));
  },
};
