import { createRequire } from "node:module";
import { build as bundle } from "esbuild";

/*
 * esbuild plugin that puts validators, made now, in the place of `src/util/validators-ahead.ts`: compiling them with ajv
 * would be about a fifth of a start.
 */

const SOURCE = `
  import { allSchemas } from "./src/app/schemas.ts";
  import { REGISTRY } from "./src/resources/registry.ts";
  import { commonKeys } from "./src/spec/index.ts";
  import { validatorCode } from "./src/util/validator-code.ts";
  export const code = validatorCode(allSchemas([...commonKeys, ...REGISTRY.flatMap(({ rules }) => rules.keys)]));
`;

export const validatorsAhead = {
  name: "validators-ahead",
  setup(build) {
    const root = build.initialOptions.absWorkingDir;
    build.onLoad({ filter: /[\\/]src[\\/]util[\\/]validators-ahead\.ts$/ }, async () => ({
      contents: await makeCode(root),
      loader: "js",
    }));
  },
};

/** The sources are TypeScript whose imports end in .js, so they are bundled before they run. */
async function makeCode(root) {
  const { outputFiles } = await bundle({
    stdin: { contents: SOURCE, resolveDir: root, loader: "ts" },
    ...{ absWorkingDir: root, bundle: true, platform: "node", format: "cjs", write: false, logLevel: "warning" },
  });
  const module = { exports: {} };
  new Function("module", "exports", "require", outputFiles[0].text)(
    module,
    module.exports,
    createRequire(import.meta.url),
  );
  return module.exports.code;
}
