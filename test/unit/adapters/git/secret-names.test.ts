import { describe, expect, it } from "vitest";
import { looksLikeSecret } from "../../../../src/adapters/git/secret-names.js";

describe("untracked files that look like secrets", () => {
  it.each([
    ".env",
    "a/.env.production",
    "key.PEM",
    "id_ed25519",
    "x/cert.p12",
    ".npmrc",
    "server.key",
    ".netrc",
    "credentials",
    "gcp-credentials.json",
    ".aws/config",
    "prod.tfvars",
  ])("%s stays out", (path) => expect(looksLikeSecret(path)).toBe(true));
  it.each([
    ".env.example",
    "id_rsa.pub",
    "src/environment.ts",
    "keyboard.ts",
    "README.md",
    "identity.md",
    "public.crt",
  ])("%s is carried", (path) => expect(looksLikeSecret(path)).toBe(false));
});
