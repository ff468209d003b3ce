import { describe, expect, it } from "vitest";
import { SpecError } from "../../../src/errors/errors.js";
import { editWorkers } from "../../../src/spec/index.js";

describe("changing workers in the text", () => {
  it.each([
    ['project = "a"\nworkers   =  3   # three\n[vm]\n', 'project = "a"\nworkers   =  12   # three\n[vm]\n'],
    ['"workers" = 0x3\nproject = "a"', '"workers" = 12\nproject = "a"'],
    ["workers = 1_0\r\nproject = 'a'\r\n", "workers = 12\r\nproject = 'a'\r\n"],
    ["\ufeffproject = 'a'\nworkers = 3\n", "\ufeffproject = 'a'\nworkers = 12\n"],
    ["x = '😀 workers = 3'\nworkers = 3\n", "x = '😀 workers = 3'\nworkers = 12\n"],
  ])("keeps comments and layout of %j", (before, after) => {
    expect(editWorkers(before, 12)).toBe(after);
  });

  it.each([
    ['# top\nproject = "a" # name\n\n[vm]\ncpus = 1\n', '# top\nproject = "a" # name\nworkers = 2\n\n[vm]\ncpus = 1\n'],
    ['project = "a"', 'project = "a"\nworkers = 2\n'],
    ['project = "a"\r\n[vm]\r\n', 'project = "a"\r\nworkers = 2\r\n[vm]\r\n'],
    ["#:schema x\n\n# about vm\n[vm]\ncpus = 1\n", "#:schema x\n\nworkers = 2\n# about vm\n[vm]\ncpus = 1\n"],
    ["#:schema x\n[vm]\nworkers = 9", "#:schema x\nworkers = 2\n[vm]\nworkers = 9"],
    ["", "workers = 2\n"],
    ["# only a comment", "# only a comment\nworkers = 2\n"],
  ])("puts a new line into %j", (before, after) => {
    expect(editWorkers(before, 2)).toBe(after);
  });

  it("refuses a text in which the new line would clash with what is there", () => {
    expect(() => editWorkers('project = "a"\n[workers]\nx = 1\n', 2)).toThrow(SpecError);
  });

  it("refuses a text that it cannot follow and says what to write", () => {
    expect(() => editWorkers("workers = = 1", 2)).toThrow(SpecError);
    try {
      editWorkers("workers = = 1", 2);
    } catch (error) {
      expect(error).toMatchObject({ code: "SPEC_NOT_EDITABLE", hint: expect.stringContaining("workers = 2") });
    }
  });
});
