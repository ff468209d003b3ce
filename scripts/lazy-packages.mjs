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
