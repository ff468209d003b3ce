/**
 * Kinds of change that could later execute on the host, by which `accept --allow` will name them.
 *
 * Shape: in the order of the report, the most dangerous first.
 * Source: design page §7, "Report".
 */
export const CATEGORIES = [
  "spec",
  "hooks",
  "ci",
  "scripts",
  "lockfiles",
  "build",
  "ide",
  "environment",
  "agents",
  "gitattributes",
  "gitmodules",
  "submodules",
  "symlinks",
  "modes",
  "binaries",
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Globs over the lower-case path; a glob without `/` is a file name in any folder, one with a final `/` a whole folder. */
export const PATH_CATEGORIES: Readonly<Partial<Record<Category, readonly string[]>>> = {
  spec: globs("limaform.toml"),
  hooks: globs(`
    .husky/ .githooks/ .git-hooks/ .lefthook/ .hooks/ lefthook*.y*ml .lefthook*.y*ml .pre-commit-config.y*ml
    .pre-commit-hooks.y*ml .overcommit.yml .huskyrc* .lintstagedrc* lint-staged.config.* lefthook*.toml
    lefthook*.json .lefthook*.toml .lefthook*.json .simple-git-hooks.* simple-git-hooks.* captainhook.json
    grumphp.y*ml hk.pkl prek.toml
  `),
  ci: globs(`
    .github/workflows/ .github/actions/ .forgejo/ .gitea/ .gitlab/ .circleci/ .buildkite/ .ci/ .semaphore/
    .teamcity/ .woodpecker/ .drone/ .tekton/ .github/dependabot.y*ml .gitlab-ci*.y*ml .travis.y*ml
    azure-pipelines*.y*ml bitbucket-pipelines.y*ml jenkinsfile* .drone*.y*ml .woodpecker*.y*ml appveyor.y*ml
    .appveyor.y*ml .cirrus.y*ml cloudbuild*.y*ml action.y*ml codeowners renovate.json* .renovaterc* buildspec*.y*ml
    .github/renovate.json* .jenkins/ .gitlab-ci/ screwdriver.yaml .zuul.y*ml zuul.d/
  `),
  scripts: globs(`
    package.json package.json5 package.yaml deno.json* composer.json bunfig.toml lerna.json .npmrc .yarnrc*
    .pnpmfile.* pnpm-workspace.yaml .yarn/ pyproject.toml setup.py setup.cfg pipfile requirements*.txt
    constraints*.txt requirements/ pip.conf environment.y*ml gemfile *.gemspec cargo.toml go.mod go.work mix.exs
    pubspec.yaml *.cabal stack.yaml package.swift podfile brewfile aptfile procfile* *.csproj *.fsproj nuget.config
    .pnp.* node_modules/ site-packages/ .venv/ venv/ .bundle/ binding.gyp *.gypi bower.json .bowerrc conanfile.*
    vcpkg.json shard.yml *.nimble *.rockspec *.opam rebar.config project.clj deps.edn dub.json dub.sdl pixi.toml
    uv.toml poetry.toml .rprofile renv/
  `),
  lockfiles: globs(`
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock poetry.lock uv.lock
    pdm.lock pipfile.lock conda-lock.y*ml cargo.lock go.sum go.work.sum gemfile.lock composer.lock mix.lock
    pubspec.lock flake.lock podfile.lock package.resolved packages.lock.json gradle.lockfile *.lock
  `),
  build: globs(`
    makefile makefile.* gnumakefile *.mk *.mak cmakelists.txt *.cmake meson.build *.ninja build build.bazel
    workspace workspace.* module.bazel *.bzl .bazelrc sconstruct build.rs build.zig .cargo/ rust-toolchain* *.gradle
    *.gradle.kts gradlew* gradle/ pom.xml mvnw* .mvn/ build.xml build.sbt project/plugins.sbt *.props *.targets
    dockerfile* *.dockerfile containerfile* docker-compose*.y*ml compose*.y*ml vagrantfile rakefile *.rake justfile
    .justfile taskfile*.y*ml tiltfile earthfile dangerfile fastfile *.nix configure configure.ac autogen.sh
    gruntfile.* gulpfile.* *.config.js *.config.cjs *.config.mjs *.config.ts *.config.mts *.config.cts .*rc.js
    .*rc.cjs .*rc.mjs .*rc.ts .babelrc* .eslintrc* .swcrc .postcssrc* tsconfig*.json nx.json turbo.json
    workspace.json conftest.py noxfile.py tox.ini pytest.ini fabfile.py dodo.py tasks.py sitecustomize.py
    usercustomize.py pyvenv.cfg *.pth *.tf *.tfvars *.hcl .terraformrc ansible.cfg phpunit.xml* buck *.bazel
    .buckconfig sconscript wscript kbuild *.am *.pri *.pro *.make premake*.lua xmake.lua makefile.pl build.pl
    cmakepresets.json cmakeuserpresets.json *.sln *.vcxproj *.vbproj build.cake setup.hs cabal.project *.nims dune
    dune-project guardfile capfile config.ru *.podspec *.conf.js *.conf.ts nodemon.json .nycrc* .mocharc.*
    .prettierrc* .stylelintrc* .releaserc* .parcelrc angular.json project.json .pylintrc pylintrc .flake8 mypy.ini
    .mypy.ini .coveragerc .pdbrc .rspec .irbrc .pryrc .luacheckrc .php-cs-fixer*.php phpstan.neon* psalm.xml*
    .htaccess .user.ini pulumi*.y*ml cdk.json serverless.y*ml skaffold.y*ml *.tf.json docker-bake.* devfile.y*ml
    mage*.go
  `),
  ide: globs(`
    .vscode/ .idea/ .devcontainer/ .devcontainer.json .fleet/ .zed/ .settings/ .nova/ *.code-workspace
    *.sublime-project *.iml .vimrc .nvimrc .exrc .nvim.lua .lvimrc .dir-locals.el .project .classpath *.xcodeproj/
    *.xcworkspace/ .gitpod.y*ml .ycm_extra_conf.py .run/ *.run.xml .gdbinit .lldbinit .ghci .vim/ .nvim/ .emacs
    .luarc.json *.code-snippets .theia/ .eclipse/
  `),
  environment: globs(`
    .envrc .env .env.* *.env .direnv/ .tool-versions mise*.toml .mise*.toml .mise/ .nvmrc .node-version
    .python-version .ruby-version .autoenv* .bashrc .zshrc .profile .pythonstartup .bash_profile .zshenv .zprofile
    .login .inputrc .autoenv .in .out devenv.* .flox/ devbox.json
  `),
  agents: globs(`
    agents.md agents.*.md agent.md claude.md claude.*.md gemini.md .claude/ .cursor/ .codex/ .gemini/ .opencode/
    .windsurf/ .roo/ .cline/ .continue/ .aider* .amazonq/ .junie/ .kiro/ .agents/ .agent/ .cursorrules .cursorignore
    .windsurfrules .clinerules .clinerules/ .mcp.json mcp.json opencode.json* copilot-instructions.md
    .github/instructions/ .github/prompts/ .github/chatmodes/ .github/agents/ *.mdc skill.md conventions.md
    agent.*.md qwen.md .qwen/ crush.md .crush* .factory/ .goosehints warp.md .rules .trae/ .augment* .openhands/
    .qodo/ .llm*/ copilot-*.md .github/copilot*
  `),
  gitattributes: globs(".gitattributes"),
  gitmodules: globs(".gitmodules .lfsconfig .gitconfig"),
};

function globs(words: string): readonly string[] {
  return words.trim().split(/\s+/u);
}
