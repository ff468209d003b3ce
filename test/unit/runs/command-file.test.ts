import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { renderCommandFile } from "../../../src/runs/command-file.js";

const base = { argv: ["true"], cwd: "~/x y", env: {} };

describe("the script of a run", () => {
  it("sets sorted variables, goes to the folder and becomes the command", () => {
    const text = renderCommandFile({ argv: ["npm", "run", "it's"], cwd: "~/x y", env: { B: "2", A: "$(1)\n" } });
    expect(text).toBe("export A='$(1)\n'\nexport B=2\ncd -- \"$HOME\"/'x y' || exit 126\nexec npm run 'it'\\''s'\n");
  });

  it("gives the command exactly its arguments", () => {
    const argv = ["printf", "<%s>", "", "a b", "$HOME", "`x`", "\\", "'", '"', "*", "-n", "\n", "é"];
    const script = renderCommandFile({ argv, cwd: "/", env: {} });
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(
      argv
        .slice(2)
        .map((word) => `<${word}>`)
        .join(""),
    );
  });

  it.each([
    [{ ...base, argv: [] }],
    [{ ...base, argv: ["a\0b"] }],
    [{ ...base, env: { "A B": "" } }],
    [{ ...base, env: { A: "\0" } }],
  ])("refuses %j", (command) => {
    expect(() => renderCommandFile(command)).toThrow(expect.objectContaining({ code: "RUN_COMMAND_INVALID" }));
  });
});
