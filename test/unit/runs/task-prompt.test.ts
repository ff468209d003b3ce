import { describe, expect, it } from "vitest";
import { promptWithFiles } from "../../../src/runs/task-prompt.js";

describe("the prompt of a task", () => {
  it("ends with the paths that it is about", () => {
    expect(promptWithFiles("Fix it.", ["src/a b.ts", "README.md"])).toBe(
      "Fix it.\n\nFiles that this is about:\n- src/a b.ts\n- README.md",
    );
  });

  it("is as it was written where it names none", () => expect(promptWithFiles("Fix it.", [])).toBe("Fix it."));
});
