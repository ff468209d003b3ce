import { describe, expect, it } from "vitest";
import { watchView } from "../../../src/views/human/watch.js";
import { FakeOutput, screenOf } from "./fake-output.js";

describe("watchView", () => {
  it("writes over changed lines only, and everything when lines come or the window changes", () => {
    const output = new FakeOutput(true);
    const show = watchView(output);
    show("SLOT  RUN\n1     working\n2     done\n");
    const before = output.text.length;
    show("SLOT  RUN\n1     done\n2     done\n");
    expect(output.text.slice(before)).not.toContain("\u001b[J");
    expect(output.text.slice(before)).not.toContain("SLOT");
    expect(screenOf(output.text, 80).slice(0, 3)).toEqual(["SLOT  RUN", "1     done", "2     done"]);
    const same = output.text.length;
    show("SLOT  RUN\n1     done\n2     done\n");
    expect(output.text.length).toBe(same);
    show("SLOT  RUN\n1     done\n");
    expect(screenOf(output.text, 80).slice(0, 2)).toEqual(["SLOT  RUN", "1     done"]);
    output.width = 8;
    show("SLOT  RUN\n1     done\n");
    expect(output.text.split("\n").at(-2)).toBe("1     …");
  });

  it("says a text once where there is no terminal", () => {
    const output = new FakeOutput(false);
    const show = watchView(output);
    for (const text of ["a\n", "a\n", "b\n"]) show(text);
    expect(output.text).toBe("a\n\nb\n");
  });
});
