import { textOf } from "../../inputs.js";
import { type BuildRunner, NO_BYTES } from "../build-step.js";
import { type GuestWork, runAsRoot } from "./guest-work.js";

const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * What programs must be told that do not read the system's bundle by themselves: Node, Python's packages, some agents.
 *
 * Source: docs of Node (NODE_EXTRA_CA_CERTS), OpenSSL (SSL_CERT_FILE), pip, requests, curl, git.
 */
const VARIABLES = [
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "CARGO_HTTP_CAINFO",
];

/** `vm.ca_certs`: into the system's bundle, and into every kind of shell: PAM, login shells, sudo, systemd's units. */
export const runCa: BuildRunner = async (ports, { instance }, { title, inputs, timeoutMs }, context) => {
  const work: GuestWork = { ports, instance, timeoutMs, context, title, key: "vm.ca_certs" };
  await runAsRoot(work, "adding them to the trust store", SCRIPT, { stdin: textOf(inputs, "pem") });
  return { version: null, source: "vm.ca_certs", ...NO_BYTES };
};

const assignments = VARIABLES.map((name) => `${name}=${BUNDLE}`);

/**
 * One certificate a file, as Debian's tool wants them, and then what that tool does, for these alone: it takes a minute
 * or two under emulation to go through all public roots again. Whenever it runs later, it finds the same files.
 */
const SCRIPT = `own=/usr/local/share/ca-certificates all=/etc/ssl/certs
[ -e ${BUNDLE} ] || { echo "the base image has no package ca-certificates"; exit 1; }
mkdir -p "$own"
cd "$own"
rm -f limaform-*.crt
awk '/-----BEGIN CERTIFICATE-----/ { count++ } count { print > ("limaform-" count ".crt") }'
for file in limaform-*.crt; do
  ln -sf "$own/$file" "$all/\${file%.crt}.pem"
  if command -v openssl > /dev/null; then
    hash=$(openssl x509 -noout -hash -in "$file")
    place=0
    while [ -e "$all/$hash.$place" ] && ! cmp -s "$all/$hash.$place" "$file"; do place=$((place + 1)); done
    ln -sf "\${file%.crt}.pem" "$all/$hash.$place"
  fi
  grep -qxF -e "$(tail -n 2 "$file" | head -n 1)" ${BUNDLE} || cat "$file" >> ${BUNDLE}
done
touch /etc/environment
for name in ${VARIABLES.join(" ")}; do sed -i "/^$name=/d" /etc/environment; done
printf '%s\\n' ${assignments.join(" ")} >> /etc/environment
printf 'export %s\\n' ${assignments.join(" ")} > /etc/profile.d/limaform-ca.sh
for scope in system user; do
  mkdir -p "/etc/systemd/$scope.conf.d"
  printf '[Manager]\\nDefaultEnvironment=${assignments.join(" ")}\\n' > "/etc/systemd/$scope.conf.d/limaform-ca.conf"
done
systemctl daemon-reexec
umask 227
printf 'Defaults env_keep += "${VARIABLES.join(" ")}"\\n' > /etc/sudoers.d/limaform-ca`;
