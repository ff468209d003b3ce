import { describe, expect, it } from "vitest";
import { fillBuiltIns, fillTemplate, variablesOf } from "../../../src/runs/template.js";

describe("a template of a prompt", () => {
  it("has its variables put in, and keeps for later what belongs to each part", () => {
    const filled = fillTemplate("Fix {{ issue }} on {{slot}}: {{issue}}", { issue: "#7" }, ["slot"]);
    expect(filled).toEqual({ ok: true, text: "Fix #7 on {{slot}}: #7" });
    expect(fillBuiltIns("worker {{slot}}, {{task}}", { slot: "3", task: "t1" })).toBe("worker 3, t1");
  });

  it("names all that is missing and all that nobody asked for", () => {
    expect(fillTemplate("{{b}} {{a}} {{task}}", { c: "1", d: "2" }, ["slot"])).toEqual({
      ok: false,
      missing: ["a", "b", "task"],
      unused: ["c", "d"],
    });
  });

  it("never looks through a value again, and takes nothing else for a variable", () => {
    expect(fillTemplate("{{a}}{{b}}", { a: "{{b}}", b: "$&{{a}}" }, [])).toEqual({ ok: true, text: "{{b}}$&{{a}}" });
    expect(variablesOf("{x} {{}} {{ 1 }} {{__proto__}} $ {{y}}")).toEqual(["__proto__", "y"]);
    expect(fillTemplate("{{__proto__}}", {}, [])).toMatchObject({ ok: false, missing: ["__proto__"] });
  });
});
