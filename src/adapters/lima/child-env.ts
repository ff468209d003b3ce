/** Variables of the caller that limactl and the programs under it may see; all others stay out. */
const PASSED = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "TMPDIR",
  "XDG_CACHE_HOME",
  "XDG_RUNTIME_DIR",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "LIMA_DRIVERS_PATH",
  "SSH",
  "QEMU_SYSTEM_X86_64",
  "QEMU_SYSTEM_AARCH64",
] as const;

/** For a download only: they must never reach a host agent, which hands them to guests. */
const PROXY = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/**
 * QEMU with software emulation named, so that Lima does not choose an acceleration that exists only by name.
 *
 * `tb-size` is what Lima chooses for emulation itself; QEMU's own default takes up to 1 GiB more for each VM.
 * `-cx16`: seen once here with QEMU 7.2, a guest whose kernel died of a double fault in its slab allocator right after a
 * `cmpxchg16b`, with flags that no program sets; not with any of the boots without that CPU flag. Not proven further.
 * Source: reference/lima.md §0, §8.2.
 */
const EMULATED: Readonly<Record<string, string>> = {
  QEMU_SYSTEM_X86_64: "qemu-system-x86_64 -machine q35,vmport=off -accel tcg,thread=multi,tb-size=512 -cpu max,-cx16",
  QEMU_SYSTEM_AARCH64: "qemu-system-aarch64 -machine virt,accel=tcg -cpu max",
};

export interface ChildEnvOptions {
  readonly limaHome: string;
  readonly isEmulated: boolean;
  /** An empty folder, for calls that must not find Lima's templates. */
  readonly templatesPath: string | null;
  readonly withProxy: boolean;
}

/**
 * The whole environment of a limactl call. The user's own `QEMU_SYSTEM_…` wins.
 *
 * Source: reference/lima.md §2.8, §12.3.
 */
export function childEnv(
  env: Readonly<Record<string, string | undefined>>,
  options: ChildEnvOptions,
): Record<string, string> {
  const names = options.withProxy ? [...PASSED, ...PROXY] : PASSED;
  const passed = names.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  return {
    ...(options.isEmulated ? EMULATED : {}),
    ...Object.fromEntries(passed),
    LC_ALL: "C.UTF-8",
    LIMA_HOME: options.limaHome,
    ...(options.templatesPath === null ? {} : { LIMA_TEMPLATES_PATH: options.templatesPath }),
  };
}
