/** In the guest, owned by root: evidence of runs that outlasts a restart. */
export const RUNS_FOLDER = "/var/lib/limaform/runs";
