import { describe, expect, it } from "vitest";
import { declaredSecrets } from "../../../src/app/declared-secrets.js";
import { InterruptedError, RunError } from "../../../src/errors/errors.js";
import type { SecretSource } from "../../../src/ports/secrets.js";

type Args = Parameters<typeof declaredSecrets>;
const SECRETS = { A: { env: "A" }, B: { command: ["pass", "b"] }, C: { env: "C" } };

/** Nothing is trusted: the user's file of grants is not there. */
function scene(resolve: (source: SecretSource) => string) {
  const asked: string[] = [];
  const fleet = {
    ...{ home: "/nowhere", ownerPath: "/nowhere/shop" },
    loaded: { spec: { root: "/nowhere/shop", values: { secrets: SECRETS }, origins: {} } },
    runSecrets: {
      resolve: async ([source]: readonly SecretSource[]) => {
        if (source === undefined) return [];
        asked.push(source.name);
        return [{ name: source.name, value: resolve(source) }];
      },
    },
  };
  const session = { options: { env: { XDG_CONFIG_HOME: "/nowhere" }, cwd: "/" } };
  const declared = declaredSecrets(session as unknown as Args[0], () => fleet as unknown as ReturnType<Args[1]>);
  return { asked, read: () => declared.read(new AbortController().signal) };
}

describe("values of declared secrets for the scan of an image", () => {
  it("are those of the environment; a command that nobody trusts is not run, and named as unknown", async () => {
    const { asked, read } = scene(({ name }) => `value of ${name}`);
    expect(await read()).toEqual({
      known: [
        { name: "A", value: "value of A" },
        { name: "C", value: "value of C" },
      ],
      unknown: ["B"],
    });
    expect(asked).toEqual(["A", "C"]);
  });

  it("leave out, and name, what gives nothing now", async () => {
    const { read } = scene(({ name }) => {
      if (name === "A") throw new RunError("RUN_SECRET_MISSING", "not set");
      return "value";
    });
    expect(await read()).toEqual({ known: [{ name: "C", value: "value" }], unknown: ["A", "B"] });
  });

  it.each([
    ["an interrupt", new InterruptedError("stop", 130)],
    ["a bug", new TypeError("bug")],
  ])("do not hide %s", async (_, error) => {
    const { read } = scene(() => {
      throw error;
    });
    await expect(read()).rejects.toBe(error);
  });
});
