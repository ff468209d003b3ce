/*
 * Writes what is generated from the keys of the spec: schemas/spec.schema.json and docs/spec-reference.md.
 * `--check` writes nothing and ends with 1 where a committed file differs.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCE = `
  import { REGISTRY } from "./src/resources/registry.ts";
  import { commonKeys } from "./src/spec/index.ts";
  export { renderSpecReference, specSchema } from "./src/spec/index.ts";
  export const allKeys = [...commonKeys, ...REGISTRY.flatMap(({ rules }) => rules.keys)];
`;

/** The sources are TypeScript whose imports end in .js, so they are bundled before they run. */
async function loadSources() {
  const folder = await mkdtemp(join(tmpdir(), "limaform-schemas-"));
  try {
    const outfile = join(folder, "sources.mjs");
    await build({
      stdin: { contents: SOURCE, resolveDir: root, loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      // Packages that are CommonJS call require for Node's own modules.
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
      logLevel: "error",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const { allKeys, renderSpecReference, specSchema } = await loadSources();
const outputs = {
  "schemas/spec.schema.json": `${JSON.stringify(specSchema(allKeys), null, 2)}\n`,
  "docs/spec-reference.md": renderSpecReference(allKeys),
};

const isCheck = process.argv.includes("--check");
for (const [name, text] of Object.entries(outputs)) {
  const file = join(root, name);
  const committed = await readFile(file, "utf8").catch((error) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (committed === text) continue;
  if (isCheck) {
    process.stderr.write(`${name} differs from the code; run: npm run schemas\n`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    process.stdout.write(`wrote ${name}\n`);
  }
}
