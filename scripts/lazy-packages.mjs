import { readFile } from "node:fs/promises";

/*
 * An esbuild plugin that makes oclif load what it rarely needs only when it is needed. oclif's modules require these
 * packages at their top, and evaluating them would cost every command a third of its start.
 */

const RARE = [
  "ansi-escapes",
  "clean-stack",
  "ejs",
  "indent-string",
  "lilconfig",
  "minimatch",
  "string-width",
  "tinyglobby",
];
RARE.push("widest-line", "wordwrap", "wrap-ansi", "cli-spinners", "supports-color", "ansis", "../help/index", "./help");

const list = RARE.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
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
