import type { SpecFinding, SpecKey } from "../resources/kind.js";
import type { JsonObject } from "../util/json.js";

const WAYS = ["env", "command", "file"] as const;

/** Only names and where the values come from; a value never stands in a spec. */
export const secrets: SpecKey<JsonObject> = {
  key: "secrets",
  schema: {
    type: "object",
    propertyNames: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", expected: "a name of letters, digits and _" },
    additionalProperties: {
      type: "object",
      properties: {
        env: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", expected: "the name of an environment variable" },
        command: {
          anyOf: [
            { type: "string", minLength: 1 },
            { type: "array", items: { type: "string" }, minItems: 1 },
          ],
          expected: "a command: a text for the shell, or a list of words",
        },
        file: { type: "string", minLength: 1, expected: "a path on this host" },
      },
      additionalProperties: false,
      expected: "a table with env, command or file",
    },
    expected: "a table of secrets",
  },
  fallback: {},
  description:
    "Secrets of runs, by the variable that holds them in the worker: `{env = NAME}`, `{command = […]}` or `{file = PATH}`, read on this host when a run starts. The last two need trust.",
  layer: "any",
  check: (value, { env }) =>
    Object.entries(value).flatMap(([name, source]) => [
      ...checkOne(name, source as JsonObject),
      ...checkPublic(name, (env ?? {}) as JsonObject),
    ]),
};

/** One variable cannot be both: which of the two the worker gets should not have to be known. */
function checkPublic(name: string, env: JsonObject): readonly SpecFinding[] {
  if (env[name] === undefined) return [];
  const text = `secrets.${name}: env.${name} is set too, and that is public`;
  return [{ severity: "error", path: [name], text, hint: `take one of them out, or rename it` }];
}

function checkOne(name: string, source: JsonObject): readonly SpecFinding[] {
  const ways = WAYS.filter((way) => source[way] !== undefined);
  if (ways.length === 1) return [];
  return [
    {
      severity: "error",
      path: [name],
      text: `secrets.${name}: expected exactly one of env, command and file, found ${ways.length === 0 ? "none" : ways.join(" and ")}`,
      hint: `for a variable of your shell: ${name} = {env = "${name}"}`,
    },
  ];
}
