import { parseSync } from "oxc-parser";

export interface Effect {
  readonly name: "current time" | "randomness" | "timer" | "process" | "console";
  readonly code: string;
  readonly line: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const TIMERS = new Set(["setTimeout", "setInterval", "setImmediate"]);
const RANDOM = new Set(["randomBytes", "randomUUID", "randomInt", "getRandomValues"]);

/** Effects that a file reaches without an import: found in its syntax, so that comments and strings do not count. */
export function effectsOf(path: string, text: string): readonly Effect[] {
  const found: Effect[] = [];
  visit(parseSync(path, text).program, (node) => {
    const name = effectOf(node);
    if (name === null) return;
    const code = text.slice(node.start, node.end).split("\n")[0] ?? "";
    found.push({ name, code, line: text.slice(0, node.start).split("\n").length });
  });
  return found;
}

function effectOf(node: Node): Effect["name"] | null {
  if (node.type === "MemberExpression") {
    const object = nameOf(node, "object");
    const property = nameOf(node, "property");
    if (object === "process") return "process";
    if (object === "console") return "console";
    if (object === "Math" && property === "random") return "randomness";
    return (object === "Date" || object === "performance") && property === "now" ? "current time" : null;
  }
  if (node.type === "NewExpression") {
    const isNow = nameOf(node, "callee") === "Date" && (node as { arguments?: unknown[] }).arguments?.length === 0;
    return isNow ? "current time" : null;
  }
  if (node.type !== "CallExpression") return null;
  const callee = nameOf(node, "callee") ?? "";
  if (callee === "Date") return "current time";
  if (RANDOM.has(callee)) return "randomness";
  return TIMERS.has(callee) ? "timer" : null;
}

function nameOf(node: Node, key: string): string | null {
  const child = (node as unknown as Record<string, { type?: string; name?: string } | undefined>)[key];
  return child?.type === "Identifier" ? (child.name ?? null) : null;
}

function visit(value: unknown, call: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, call);
  else if (typeof value === "object" && value !== null) {
    if (typeof (value as Partial<Node>).type === "string") call(value as Node);
    for (const child of Object.values(value)) visit(child, call);
  }
}
