import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { openApproach } from "../../../../src/adapters/runs/approach.js";
import { GuestError } from "../../../../src/errors/errors.js";
import type { Guest, GuestOptions, GuestResult } from "../../../../src/ports/guest.js";

const HEAD = "a".repeat(40);
const STAND = `base ${HEAD}\n# branch.oid ${HEAD}\n# branch.head main\nend\n`;
const RESULT: GuestResult = { exitCode: 0, stdout: "", stderr: "", isCut: false };

/** A guest whose session is played by the test. */
function scene() {
  const given: string[] = [];
  let options: GuestOptions | null = null;
  let settle: { resolve(result: GuestResult): void; reject(error: Error): void } = { resolve() {}, reject() {} };
  const guest = {
    exec(_: string, { stdin }: { stdin: Readable }, call: GuestOptions) {
      options = call;
      stdin.on("data", (chunk) => given.push(String(chunk)));
      return new Promise<GuestResult>((resolve, reject) => {
        settle = { resolve, reject };
        call.signal.addEventListener("abort", () => reject(call.signal.reason));
      });
    },
  };
  const session = openApproach(
    guest as unknown as Guest,
    { instance: "w", guestPath: "~/p", runsFolder: "/runs" },
    { signal: new AbortController().signal, timeoutMs: 1_000 },
  );
  const say = (text: string) => options?.onStdout?.(Buffer.from(text));
  return {
    session,
    given,
    say,
    begin: () => options?.onStart?.(),
    end: (result = RESULT) => settle.resolve(result),
    fail: (error: Error) => settle.reject(error),
  };
}

describe("a session that waits for a start", () => {
  it("says where the code stands when it is asked, in whatever pieces; then starts what it is given", async () => {
    const { session, given, say, end } = scene();
    const looking = session.look();
    say(STAND.slice(0, 50));
    say(`${STAND.slice(50)}loo`);
    say("ked\n");
    expect(await looking).toEqual({ base: HEAD, head: HEAD, branch: "main", isClean: true, files: 0 });
    expect(given).toEqual(["look\n"]);
    const starting = session.give("RUN - 15\n# end\n");
    await new Promise(setImmediate);
    say("limaform-error unit\n");
    end({ ...RESULT, exitCode: 3 });
    expect(await starting).toEqual({ ...RESULT, exitCode: 3, stdout: "limaform-error unit\n" });
    expect(given.join("")).toBe("look\nRUN - 15\n# end\n");
  });

  it.each([
    ["begins", ({ begin }: ReturnType<typeof scene>) => begin()],
    ["is over before", ({ fail }: ReturnType<typeof scene>) => fail(new GuestError("GUEST_NOT_RUNNING", "w is off"))],
  ])("is told to be under way when it %s", async (_, happen) => {
    const found = scene();
    let isUnderWay = false;
    found.session.underWay.then(() => {
      isUnderWay = true;
    });
    await new Promise(setImmediate);
    expect(isUnderWay).toBe(false);
    happen(found);
    await found.session.underWay;
    await found.session.close();
  });

  it.each([
    ["has no code", "looked\n"],
    ["is cut off", `base ${HEAD}\nlooked\n`],
    ["lies about a name", `base ${HEAD}\n# branch.oid x\n# branch.head main\nend\nlooked\n`],
  ])("does not know where a worker stands that %s", async (_, text) => {
    const { session, say } = scene();
    const looking = session.look();
    say(text);
    expect(await looking).toBeNull();
  });

  it("takes nothing once it is over, so that the start goes another way", async () => {
    const { session, given, end } = scene();
    const looking = session.look();
    end();
    expect(await looking).toBeNull();
    expect(await session.give("RUN")).toBeNull();
    expect(given).toEqual(["look\n"]);
  });

  it("tells why it cannot be held, and is ended where the worker talks without end", async () => {
    const lost = scene();
    const looking = lost.session.look();
    lost.fail(new GuestError("GUEST_HOST_KEY_CHANGED", "another machine"));
    await expect(looking).rejects.toMatchObject({ code: "GUEST_HOST_KEY_CHANGED" });
    const endless = scene();
    const listening = endless.session.look();
    endless.say("x".repeat(65 * 1024));
    await expect(listening).rejects.toMatchObject({ code: "GUEST_UNREACHABLE" });
  });

  it("starts nothing when it is closed", async () => {
    const { session, given } = scene();
    session.close();
    await new Promise(setImmediate);
    expect(await session.give("RUN")).toBeNull();
    expect(given).toEqual([]);
  });
});
