/**
 * Waits for two things that do not need each other. Where both fail it is the first one's failure that is told, whichever
 * came first, so that the same situation gives the same message.
 */
export async function together<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
