/*
 * Writes what is generated: from the keys of the spec schemas/spec.schema.json and docs/spec-reference.md, from the types of
 * documents and events all other schemas and docs/json.md, from the table of exit codes docs/exit-codes.md.
 * `--check` writes nothing and ends with 1 where a committed file differs.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { exitCodesPage, jsonPage } from "./document-pages.mjs";
import { openTypes } from "./type-schemas.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCE = `
  import { REGISTRY } from "./src/resources/registry.ts";
  import { commonKeys } from "./src/spec/index.ts";
  export { renderSpecReference, specSchema } from "./src/spec/index.ts";
  export { EXIT } from "./src/errors/errors.ts";
  export { EXIT_CODES } from "./src/commands/exit-codes.ts";
  export { PRINTED_BY } from "./src/commands/documents.ts";
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

/** What is no printed document: a line or a file. */
const STREAMS = [
  {
    ...{ name: "event", from: "src/events/event.ts", type: "LimaformEvent" },
    ...{ shown: "a line of `--events FILE`", what: "One event of the stream." },
  },
  {
    ...{ name: "record", from: "src/record/record.ts", type: "AppliedRecord" },
    ...{ shown: "`record.json` in the state folder", what: "What the last apply left: a cache." },
  },
  {
    ...{ name: "journal", from: "src/record/journal.ts", type: "JournalLine" },
    ...{ shown: "a line of `journal.ndjson`, before the tab", what: "What a step was about to do, or how it ended." },
  },
];

/** Schemas of all documents and streams, from the types of the code. */
function typeSchemas() {
  const types = openTypes(root);
  try {
    const members = types.membersOf(types.typeOf("src/commands/documents.ts", "LimaformDocument"));
    const documents = members.map((member) => {
      const format = types.literalOf(member, "format");
      const file = `schemas/${format.replace("limaform.", "")}.schema.json`;
      return { format, file, schema: types.schemaOf(member, format) };
    });
    const streams = STREAMS.map(({ name, from, type, ...texts }) => ({
      ...texts,
      file: `schemas/${name}.schema.json`,
      schema: types.schemaOf(types.typeOf(from, type), `limaform.${name}`),
    }));
    return { documents: documents.sort((left, right) => (left.format < right.format ? -1 : 1)), streams };
  } finally {
    types.close();
  }
}

const { allKeys, renderSpecReference, specSchema, EXIT, EXIT_CODES, PRINTED_BY } = await loadSources();
const { documents, streams } = typeSchemas();
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const outputs = {
  "schemas/spec.schema.json": json(specSchema(allKeys)),
  "docs/spec-reference.md": renderSpecReference(allKeys),
  ...Object.fromEntries([...documents, ...streams].map(({ file, schema }) => [file, json(schema)])),
  "docs/json.md": jsonPage({ documents, streams, printedBy: PRINTED_BY }),
  "docs/exit-codes.md": exitCodesPage(EXIT_CODES, EXIT),
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

const left = (await readdir(join(root, "schemas"))).filter((name) => !(`schemas/${name}` in outputs));
for (const name of left) {
  if (isCheck) {
    process.stderr.write(`schemas/${name} is of nothing any more; run: npm run schemas\n`);
    process.exitCode = 1;
  } else {
    await rm(join(root, "schemas", name));
    process.stdout.write(`removed schemas/${name}\n`);
  }
}
