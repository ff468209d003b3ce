/*
 * What `init` knows about languages: one row each, and one per lock file. The commands run in a Debian or Ubuntu guest,
 * as the guest's user, `prepare` before the code is there and `install` in the repository.
 */

export type LanguageName = "node" | "python" | "rust" | "go";

export interface Language {
  readonly name: LanguageName;
  /** Files that tell the language; names in the repository's root. */
  readonly manifests: readonly string[];
  /** Value of its `tools` key. */
  readonly version: string;
  /** Packages of the distribution that its projects need besides. */
  readonly packages: readonly string[];
  /** First match counts; the last row has no file and is for repositories without lock file. */
  readonly installers: readonly Installer[];
}

export interface Installer {
  readonly file: string | null;
  readonly packages?: readonly string[];
  readonly prepare?: string;
  readonly install: string;
}

const VENV = "python3 -m venv .venv";

export const LANGUAGES: readonly Language[] = [
  {
    name: "node",
    manifests: ["package.json"],
    version: "24",
    packages: [],
    installers: [
      { file: "package-lock.json", install: "npm ci" },
      { file: "npm-shrinkwrap.json", install: "npm ci" },
      {
        file: "pnpm-lock.yaml",
        prepare: "sudo npm install --global pnpm",
        install: "pnpm install --frozen-lockfile",
      },
      { file: "yarn.lock", prepare: "sudo npm install --global yarn", install: "yarn install" },
      { file: "bun.lock", prepare: "sudo npm install --global bun", install: "bun install --frozen-lockfile" },
      { file: null, install: "npm install" },
    ],
  },
  {
    name: "python",
    manifests: ["pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"],
    version: "system",
    packages: [],
    installers: [
      {
        file: "uv.lock",
        packages: ["pipx"],
        prepare: "pipx install uv",
        install: '"$HOME/.local/bin/uv" sync --frozen',
      },
      { file: "poetry.lock", packages: ["python3-poetry"], install: "poetry install" },
      { file: "requirements.txt", install: `${VENV} && .venv/bin/pip install --requirement requirements.txt` },
      { file: null, install: `${VENV} && .venv/bin/pip install --editable .` },
    ],
  },
  {
    name: "rust",
    manifests: ["Cargo.toml"],
    version: "stable",
    packages: ["build-essential"],
    installers: [
      { file: "Cargo.lock", install: "cargo fetch --locked" },
      { file: null, install: "cargo fetch" },
    ],
  },
  {
    name: "go",
    manifests: ["go.mod"],
    version: "1",
    packages: [],
    installers: [{ file: null, install: "go mod download" }],
  },
];
