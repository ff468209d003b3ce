/**
 * One known shape of a secret.
 *
 * Shape: `pattern` is a POSIX extended expression that finds it within one line of bytes; `marks` are shell patterns of
 * which a text that `pattern` matched fits at least one, and of all shapes the first that fits gives the kind.
 */
export interface SecretShape {
  /** snake_case, stable: in errors, in the provenance and in `image.allow_secrets`. */
  readonly kind: string;
  /** Words for people. */
  readonly title: string;
  readonly pattern: string;
  readonly marks: readonly string[];
}

/** Not inside a longer word. */
const START = "(^|[^A-Za-z0-9_])";
const END = "([^A-Za-z0-9_]|$)";

/** The first line of a key; whether a key follows is judged by `KEY_BODY`, over the lines after it. */
export const KEY_HEADER = "PRIVATE KEY( BLOCK)?-----";
/** A key with its text, lines joined by tabs. Programs hold the header alone. */
export const KEY_BODY = `${KEY_HEADER}([[:space:]"',+;>|]|\\\\[nr])*([A-Za-z-]+: [^\t]*\t+)*[[:space:]"',+;>|]*[A-Za-z0-9+/]{40}`;

/**
 * What secrets look like: keys, tokens of services, credentials of package managers, in any file.
 *
 * Shape: kinds unique; the order decides where two fit.
 * Source: what the services publish about the form of their tokens.
 */
export const SHAPES: readonly SecretShape[] = [
  { kind: "private_key", title: "private key", pattern: KEY_HEADER, marks: ["*PRIVATE?KEY*"] },
  {
    kind: "anthropic_token",
    title: "Anthropic token",
    pattern: "sk-ant-[a-z]+[0-9]{2}-[A-Za-z0-9_-]{24}",
    marks: ["*sk-ant-*"],
  },
  {
    kind: "openai_token",
    title: "OpenAI token",
    pattern: "sk-((proj|svcacct|admin)-[A-Za-z0-9_-]{40}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
    marks: ["sk-*"],
  },
  {
    kind: "github_token",
    title: "GitHub token",
    pattern: `${START}(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})`,
    marks: ["gh[pousr]_*", "?gh[pousr]_*", "*github_pat_*"],
  },
  {
    kind: "gitlab_token",
    title: "GitLab token",
    pattern: `${START}gl(pat|dt|rt|cbt|ptt|soat|ffct|imt|agent)-[A-Za-z0-9_-]{20}`,
    marks: ["gl*-*", "?gl*-*"],
  },
  {
    kind: "slack_token",
    title: "Slack token",
    pattern:
      "(xox[abeoprs]-[0-9]{8,}-[A-Za-z0-9-]{10}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{32}|hooks[.]slack[.]com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20})",
    marks: ["xox*", "xapp-*", "hooks.slack*"],
  },
  {
    kind: "npm_token",
    title: "npm token",
    pattern: `(${START}npm_[A-Za-z0-9]{36}${END}|(^|:)_(authToken|auth|password) *= *["']?[A-Za-z0-9+/=_.-]{16})`,
    marks: ["npm_*", "?npm_*", "*_auth*", "*_password*"],
  },
  {
    kind: "aws_key",
    title: "AWS key",
    pattern: `((^|[^A-Za-z0-9+/_])A[KS]IA[A-Z2-7]{16}([^A-Za-z0-9+/=_]|$)|([Ss]ecret_?[Aa]ccess_?[Kk]ey|SECRET_ACCESS_KEY)["' ]*[=:]["' ]*[A-Za-z0-9/+]{40})`,
    marks: ["A[KS]IA*", "?A[KS]IA*", "[sS]ecret*", "SECRET_ACCESS*"],
  },
  {
    kind: "google_token",
    title: "Google token",
    pattern: `${START}(AIza[0-9A-Za-z_-]{35}([^0-9A-Za-z_-]|$)|GOCSPX-[A-Za-z0-9_-]{28}|ya29[.][A-Za-z0-9_-]{30})`,
    marks: ["*AIza*", "*GOCSPX-*", "*ya29.*"],
  },
  {
    kind: "service_token",
    title: "token of a service",
    pattern: `${START}([rs]k_live_[A-Za-z0-9]{24}|hf_[A-Za-z0-9]{34}${END}|pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50}|AccountKey=[A-Za-z0-9+/=]{80}|SG[.][A-Za-z0-9_-]{22}[.][A-Za-z0-9_-]{43}|AGE-SECRET-KEY-1[A-Z0-9]{58}|hvs[.][A-Za-z0-9_-]{24}|dckr_pat_[A-Za-z0-9_-]{27})`,
    marks: ["*k_live_*", "*hf_*", "*pypi-*", "*AccountKey=*", "*SG.*", "*AGE-SECRET*", "*hvs.*", "*dckr_pat_*"],
  },
  {
    kind: "jwt",
    title: "JSON web token",
    pattern: "eyJ[A-Za-z0-9_-]{17,}[.]eyJ[A-Za-z0-9_-]{17,}[.][A-Za-z0-9_-]{22}",
    marks: ["eyJ*"],
  },
  {
    kind: "url_password",
    title: "URL with a password",
    pattern:
      "[a-z][a-z0-9+.-]*://[A-Za-z0-9._~%-]*:[A-Za-z0-9._~%!*+,;=-]{8,}@([A-Za-z0-9-]+[.])*[A-Za-z0-9-]+([^A-Za-z0-9.-]|$)",
    marks: ["*://*:*@*"],
  },
];

/**
 * Shell patterns of matches that everybody knows: placeholders of manuals.
 *
 * Shape: only what no service gives out; a token that merely looks made up is a finding.
 */
export const PLACEHOLDERS: readonly string[] = [
  "*IOSFODNN7EXAMPLE*",
  "*bPxRfiCYEXAMPLE*",
  "*://*:[Pp]assword@*",
  "*://*:[Pp]assword[0-9]@*",
  "*://*@example.*",
  "*://*@*.example.*",
  "*://*@localhost*",
  "*://*@127.0.0.1*",
  "*://*@*.invalid*",
];

/** In files of these names a credential has no shape of its own: what the name says decides. */
export interface CredentialFile {
  readonly kind: string;
  readonly title: string;
  /** Names as `find -name` takes them. */
  readonly names: readonly string[];
  readonly pattern: string;
}

export const CREDENTIAL_FILES: readonly CredentialFile[] = [
  {
    kind: "netrc_password",
    title: "password in a .netrc",
    names: [".netrc", "_netrc"],
    pattern: "(^|[[:space:]])password[[:space:]]+[^[:space:]]",
  },
  {
    kind: "git_credentials",
    title: "stored git credentials",
    names: [".git-credentials"],
    pattern: "://[^/@[:space:]]*:[^/@[:space:]]+@",
  },
  {
    kind: "registry_login",
    title: "login of a container registry",
    names: ["config.json", "auth.json", ".dockercfg"],
    pattern: '"(auth|identitytoken|registrytoken)"[[:space:]]*:[[:space:]]*"[A-Za-z0-9+/=_.-]{8}',
  },
  {
    kind: "agent_login",
    title: "login of a coding agent or cloud tool",
    names: [
      ".credentials.json",
      "auth.json",
      "oauth_creds.json",
      "application_default_credentials.json",
      "credentials.tfrc.json",
      "hosts.yml",
      "hosts.yaml",
    ],
    pattern:
      '"?(accessToken|refreshToken|access_token|refresh_token|oauth_token|OPENAI_API_KEY|client_secret|token|key)"?[[:space:]]*:[[:space:]]*"?[A-Za-z0-9_./+=-]{16}',
  },
  {
    kind: "package_token",
    title: "token of a package registry",
    names: ["credentials.toml", "credentials", ".pypirc", "pip.conf", ".yarnrc.yml", "auth.toml"],
    pattern: "(token|password|npmAuthToken|npmAuthIdent)[\"']?[[:space:]]*[:=][[:space:]]*[\"']?[A-Za-z0-9_.+/=-]{8}",
  },
  {
    kind: "environment_secret",
    title: "secret in an environment file",
    names: [".env", ".env.local", ".env.production", ".env.development", "environment", ".envrc"],
    pattern: "(TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY)[A-Z0-9_]*=[\"']?[A-Za-z0-9+/_.=-]{16}",
  },
];
