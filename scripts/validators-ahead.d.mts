import type { Plugin } from "esbuild";

export declare const validatorsAhead: Plugin;
