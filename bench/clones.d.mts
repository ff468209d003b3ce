/* Types for the test of the verdict; the program is clones.mjs. */

/** Units: `leastDiskMb` in millions of bytes; the others are shares. */
export declare const GOALS: {
  readonly leastDiskMb: number;
  readonly bytesOfPlain: number;
  readonly secondsOfPlain: number;
  readonly secondsOfEmpty: number;
};

export interface Figure {
  readonly bytes: number;
  readonly seconds: number;
}

export declare function median(values: readonly number[]): number;

export declare function judge(found: {
  readonly goldenBytes: number;
  readonly empty: Figure;
  readonly plain: Figure;
  readonly linked: Figure;
}): {
  readonly rows: readonly {
    readonly name: string;
    readonly share: number;
    readonly atMost: number;
    readonly isMet: boolean;
  }[];
  readonly missed: readonly string[];
};
