/**
 * Collects failed expectations of callbacks whose exceptions the code under test takes for failures of its own world.
 * `throwFirst` at the end of the test makes them failures of the test.
 */
export function createViolations() {
  const found: unknown[] = [];
  return {
    watch<T>(act: () => T): T {
      try {
        return act();
      } catch (error) {
        found.push(error);
        throw error;
      }
    },
    note: (error: unknown): void => void found.push(error),
    throwFirst(): void {
      if (found.length > 0) throw found[0];
    },
  };
}
