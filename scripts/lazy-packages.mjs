import { readFile } from "node:fs/promises";

/*
 * esbuild plugins that put off evaluating packages until something of them is used. Every command bundles the whole
 * engine; evaluating all of its packages at the start would cost more than Node itself.
 */

/** Packages that our own code imports. */
const OURS = ["ajv", "execa", "ignore", "immer", "p-queue", "smol-toml", "toml-eslint-parser", "yaml"];

/**
 * Stands for a package: its named exports are getters, and it is itself the default export (a function or class), which is
 * what `import X from` means for CommonJS. The package comes in with the first use of any of them.
 */
const standIn = (path, names) => `
  const load = () => require(${JSON.stringify(path)});
  const main = () => (typeof load() === "function" ? load() : load().default);
  const target = function () {};
  for (const name of ${JSON.stringify(names)}) {
    Object.defineProperty(target, name, { enumerable: true, configurable: true, get: () => load()[name] });
  }
  module.exports = new Proxy(target, {
    apply: (_, self, args) => Reflect.apply(main(), self, args),
    construct: (_, args) => Reflect.construct(main(), args),
    get: (_, name) => (Object.hasOwn(target, name) && name !== "prototype" ? target[name] : main()?.[name]),
  });
`;

const NOT_NAMED = new Set(["default", "module.exports", "__esModule", "prototype", "length", "name", "arguments", "caller"]);

export const lazyImports = {
  name: "lazy-imports",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${OURS.join("|")})$`) }, ({ path, importer, pluginData, resolveDir }) => {
      if (pluginData === "the package itself" || importer.includes("node_modules")) return undefined;
      return { path, namespace: "lazy-imports", pluginData: resolveDir };
    });
    build.onLoad({ filter: /./, namespace: "lazy-imports" }, async ({ path, pluginData: resolveDir }) => {
      const options = { resolveDir, kind: "import-statement", pluginData: "the package itself" };
      const found = await build.resolve(path, options);
      const names = Object.keys(await import(path)).filter((name) => !NOT_NAMED.has(name));
      return { contents: standIn(found.path, names), loader: "js", resolveDir, errors: found.errors };
    });
  },
};

/** Packages and parts of its own that oclif's modules require at their top and rarely need. */
const OCLIFS = ["ansi-escapes", "ansis", "clean-stack", "cli-spinners", "ejs", "indent-string", "lilconfig", "minimatch"];
OCLIFS.push("string-width", "supports-color", "tinyglobby", "widest-line", "wordwrap", "wrap-ansi", "../help/index", "./help");

const list = OCLIFS.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
/* `const x = __importDefault(require("x"))`: the default is read as a property, so a getter can load it. */
const WITH_DEFAULT = new RegExp(`^const (\\w+) = __importDefault\\(require\\("(${list})"\\)\\);$`, "gm");
/* `const x = require("x")`: its exports are read as properties too. */
const PLAIN = new RegExp(`^const (\\w+) = require\\("(${list})"\\);$`, "gm");

export const lazyOclif = {
  name: "lazy-oclif",
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
