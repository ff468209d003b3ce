import { describe, expect, it } from "vitest";
import { secretForms } from "../../../src/util/secret-forms.js";

const SECRET = 'pa"ss\\wörd/with spaces';

describe("the forms of a secret", () => {
  it("are found in JSON, URLs, hex, and in base64 of whatever stands around it", () => {
    const forms = secretForms(SECRET);
    const around = ["", "x", "xy", "xyz"].map((before) => Buffer.from(`${before}${SECRET}tail`).toString("base64"));
    const texts = [
      ...[SECRET, JSON.stringify({ a: SECRET }), JSON.stringify(JSON.stringify(SECRET)), encodeURIComponent(SECRET)],
      ...[Buffer.from(SECRET).toString("hex"), Buffer.from(SECRET).toString("base64url"), ...around],
    ];
    for (const text of texts)
      expect(
        forms.some((form) => text.includes(form)),
        text,
      ).toBe(true);
  });

  it("are found as other languages encode them", () => {
    const value = "it's (a) wörd/with*signs!";
    const forms = secretForms(value);
    const texts = [
      "it%27s%20%28a%29%20w%C3%B6rd%2Fwith%2Asigns%21", // RFC 3986
      "it%27s%20%28a%29%20w%C3%B6rd/with%2Asigns%21", // Python's quote
      "it's%20(a)%20w%c3%b6rd%2fwith*signs!", // lower case
      "it%2527s%2520%2528a%2529%2520w%25C3%25B6rd%252Fwith%252Asigns%2521", // a URL inside another
      "it's (a) w\\u00f6rd/with*signs!", // JSON of Python
      "it's (a) wörd\\/with*signs!", // JSON of PHP
    ];
    for (const text of texts) expect(forms).toContain(text);
  });

  it("come longest first, each once", () => {
    const forms = secretForms(SECRET);
    expect(new Set(forms).size).toBe(forms.length);
    expect(forms.map(({ length }) => length)).toEqual(forms.map(({ length }) => length).sort((a, b) => b - a));
  });

  it("are those of each line too, and none where all is too short", () => {
    expect(secretForms("first-line-1\nsecond-line-2")).toEqual(
      expect.arrayContaining(["first-line-1", "second-line-2"]),
    );
    expect(secretForms("short")).toEqual([]);
  });
});
