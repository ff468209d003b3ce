import ignore, { type Ignore } from "ignore";

/** Untracked files with such names are most likely secrets; they are not carried into workers unasked. */
const SECRETS = [
  ...[".env", ".env.*", "*.env", ".envrc", "!.env.example", "!.env.sample", "!.env.template", "!.env.dist"],
  ...["*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx", "*.asc", "*.gpg", "*.p8"],
  ...["id_*", "!id_*.pub", ".ssh/", ".gnupg/", ".aws/", ".azure/", ".kube/", ".docker/config.json"],
  ...[".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".netrc", "_netrc", ".git-credentials", ".htpasswd", ".pgpass"],
  ...[".my.cnf", ".boto", ".s3cfg", ".vault-token", ".terraformrc", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.ovpn"],
  ...["credentials", "credentials.*", "*credentials*.json", "client_secret*.json", "service-account*.json"],
  ...["secret", "secrets", "secret.*", "secrets.*", "*.secret", "*.secrets", "*_token", "token.txt", ".secrets/"],
];

/**
 * The letters that each pattern demands: what has none of them fits no pattern. Folders without git have ten thousand
 * names and more, and to hold each of them against all patterns takes longer than to list them.
 */
const LETTERS = SECRETS.filter((pattern) => !pattern.startsWith("!"))
  .flatMap((pattern) =>
    pattern
      .replace(/\/$/u, "")
      .split("*")
      .sort((left, right) => right.length - left.length)
      .slice(0, 1),
  )
  .map((text) => text.replaceAll(".", "\\."));
const MAY_FIT = new RegExp(LETTERS.join("|"), "iu");

/** Made when a name is first asked about: most work trees have no untracked file. */
let rules: Ignore | null = null;

/** `path` relative to the work tree. */
export function looksLikeSecret(path: string): boolean {
  if (!MAY_FIT.test(path)) return false;
  rules ??= ignore({ ignorecase: true }).add(SECRETS);
  return rules.ignores(path);
}
