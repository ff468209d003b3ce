import manifest from "../../package.json" with { type: "json" };

/** limaform's own version. */
export const VERSION: string = manifest.version;
