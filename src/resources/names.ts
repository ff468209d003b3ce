/** The first of `base`, `base-<letter>2`, `base-<letter>3` … that nobody has. */
export function freeName(base: string, letter: "b" | "g", isTaken: (name: string) => boolean): string {
  if (!isTaken(base)) return base;
  let number = 2;
  while (isTaken(`${base}-${letter}${number}`)) number += 1;
  return `${base}-${letter}${number}`;
}
