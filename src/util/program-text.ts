/** A user's script as the text of a file that can be run: without a `#!` line it is bash that stops at the first failure. */
export const programText = (script: string): string =>
  `${script.startsWith("#!") ? script : `#!/usr/bin/env bash\nset -euo pipefail\n${script}`}\n`;
