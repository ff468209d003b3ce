import { parseAddress } from "../resources/address.js";
import type { Address, DesiredNode, InstanceFacts, Intent, PlanProblem } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import { quoteText } from "../util/quote.js";
import { NOBODY } from "../world/marks.js";
import type { Groups } from "./group.js";
import type { PlanInput } from "./input.js";

/* Objects that change hands: `adopt` and `forget`. What may is decided here; the kinds only say how. */

type Input = Pick<PlanInput, "intent" | "project" | "world">;

const ADDRESS_HINT = "addresses look like worker.default[2] or image.golden; limaform plan shows those of this project";

/** The addresses that a command names; null for those that look at all. */
export function namedAddresses(intent: Intent): readonly Address[] | null {
  if (intent.kind === "adopt") return [intent.address];
  const isNamed = intent.kind === "stop" || intent.kind === "start" || intent.kind === "forget";
  return isNamed ? [...new Set(intent.addresses)] : null;
}

/** What `adopt` would take over, by the address that it is to have. Empty for every other intent. */
export function candidatesOf({ intent, world }: Input, groups: Groups): ReadonlyMap<Address, readonly InstanceFacts[]> {
  if (intent.kind === "adopt") {
    const named = world.instances.find(({ name }) => name === intent.instance);
    return new Map(named === undefined ? [] : [[intent.address, [named]]]);
  }
  if (intent.kind !== "adopt-all") return new Map();
  const placed = groups.taken.flatMap((object) => {
    const address = parseAddress(marksOf(object)?.address ?? "")?.address;
    return address === undefined ? [] : [{ address, object }];
  });
  const byAddress = Map.groupBy(placed, ({ address }) => address);
  return new Map([...byAddress].map(([address, list]) => [address, list.map(({ object }) => object)]));
}

/** Why an object cannot change hands. All are reported; what runs is named in one sentence. */
export function handProblems(
  input: Input,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): readonly PlanProblem[] {
  const { intent } = input;
  if (intent.kind === "adopt") return adoptProblems(input, intent, { graph, groups });
  if (intent.kind === "adopt-all") return notStopped([...candidatesOf(input, groups).values()].flat(), intent);
  if (intent.kind !== "forget") return [];
  return notStopped(
    intent.addresses.flatMap((address) => groups.objects.get(address) ?? []),
    intent,
  );
}

interface Places {
  readonly graph: ReadonlyMap<Address, DesiredNode>;
  readonly groups: Groups;
}

function adoptProblems(
  { project, world }: Input,
  intent: Extract<Intent, { kind: "adopt" }>,
  { graph, groups }: Places,
): readonly PlanProblem[] {
  const { address, instance } = intent;
  const refused = (text: string, hint: string): readonly PlanProblem[] => [
    { code: "PLAN_ADOPT_REFUSED", text, hint, addresses: [address] },
  ];
  if (parseAddress(address) === null) return refused(`${quoteText(address)} is not an address`, ADDRESS_HINT);
  const found = world.instances.find(({ name }) => name === instance);
  if (found === undefined) {
    return refused(`there is no instance ${quoteText(instance)}`, "to see what is there: limactl list");
  }
  const inPlace = groups.objects.get(address)?.[0]?.name;
  if (inPlace === instance) return [];
  const ours = [...groups.objects].find(([, objects]) => objects.includes(found))?.[0];
  if (ours !== undefined) {
    const hint = `let it go there first, if it is to have another place: limaform forget '${ours}'`;
    return refused(`${instance} cannot be adopted: it is ${ours} of this project`, hint);
  }
  const why = whyNot(found, { project, address });
  if (why !== null) return refused(`${instance} cannot be adopted: ${why.text}`, why.hint);
  const kind = graph.get(address)?.kind;
  if (kind === undefined) {
    const hint = "raise workers in limaform.toml first; to see the addresses of this project: limaform plan";
    return refused(`the spec wants nothing at ${address}, so the next apply would remove ${instance}`, hint);
  }
  if (inPlace !== undefined) {
    return refused(`${address} is ${inPlace}`, `let that one go first: limaform forget '${address}'`);
  }
  return notStopped([found], intent);
}

/** Only what limaform once made and what is nobody's object now. */
function whyNot(
  found: InstanceFacts,
  { project, address }: { readonly project: string; readonly address: Address },
): { readonly text: string; readonly hint: string } | null {
  const marks = marksOf(found);
  if (marks === null) {
    const text = found.marks.kind === "unknown" ? found.marks.text : "it has no marks, so limaform never made it";
    return { text, hint: "limaform adopts only what it made itself; a new worker is made by: limaform apply" };
  }
  const parts = parseAddress(address);
  if (parts?.kind !== marks.role) {
    const kind = marks.role === "image" ? "an image" : "a worker";
    return { text: `it is ${kind}, and ${address} is not`, hint: "name an address of its own kind" };
  }
  const isCopy = marks.name !== found.name;
  if (marks.role === "image" && (isCopy || marks.address !== address)) {
    const text = "an image that was copied or renamed may have been started since, and another image is another thing";
    return { text, hint: "images are built again in minutes: limaform apply" };
  }
  if (marks.project === project || marks.owner === NOBODY) return null;
  const hint = `let it go there first: limaform forget '${marks.address}' --project ${marks.project}`;
  return { text: `it belongs to the project ${marks.project}`, hint };
}

/** Marks are written into a stopped instance only: Lima edits no other. */
function notStopped(objects: readonly InstanceFacts[], intent: Intent): readonly PlanProblem[] {
  const busy = objects.filter(({ status }) => status !== "stopped");
  const [first] = busy;
  if (first === undefined) return [];
  const names = busy.map(({ name, status }) => `${name} (${status})`).join(", ");
  const isOurs = intent.kind === "forget";
  const slots = busy.map((object) => marksOf(object)?.slot ?? 0).filter((slot) => slot > 0);
  const command = isOurs
    ? slots.length === busy.length
      ? `limaform stop ${slots.join(",")}`
      : `limactl stop ${first.name}`
    : busy.map(({ name }) => `limactl stop ${name}`).join(" && ");
  const addresses = busy.flatMap((object) => parseAddress(marksOf(object)?.address ?? "")?.address ?? []);
  return [
    {
      code: "PLAN_NOT_STOPPED",
      text: `only a stopped instance can change hands, because Lima writes no marks into another; not stopped: ${names}`,
      hint: `stop it first (its disk stays as it is): ${command}`,
      addresses: [...new Set(addresses)],
    },
  ];
}
