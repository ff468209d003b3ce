import type { Origin, SpecKey } from "../resources/kind.js";
import type { ValueProblem } from "./check-value.js";
import { collectKeys, type FoundKey } from "./collect.js";
import { buildKeyTree } from "./key-tree.js";
import { type Layer, type Locate, wholeValue } from "./layer.js";
import { parseToml } from "./parse.js";
import { indexPlaces, type Path, type Place, type Places } from "./places.js";

export interface FileSource {
  readonly layer: "spec" | "user-defaults";
  /** Absolute path. */
  readonly file: string;
  /** As people read it. */
  readonly label: string;
  readonly text: string;
}

/** The values of `limaform.toml` or of the user's defaults. */
export function readFileLayer(source: FileSource, keys: readonly SpecKey[]): Layer {
  const order = source.layer === "spec" ? 0 : 1;
  const at = (place: Place) => ({ file: source.file, label: source.label, ...place, order });
  const parsed = parseToml(source.text);
  if (parsed.status === "syntax") {
    const { line, column, text, hint } = parsed;
    const diagnostic = { ...at({ line, column }), code: "SPEC_SYNTAX", message: text, hint };
    return { settings: [], diagnostics: [diagnostic], wrong: [], warnings: [], isUnreadable: true };
  }
  let index: Places | null = null;
  const places = (): Places => {
    index ??= indexPlaces(source.text);
    return index;
  };
  const locate: Locate = (problem) => ({
    ...at(placeOf(places(), problem)),
    code: problem.code,
    message: problem.text,
    hint: problem.hint,
  });
  const { found, problems } = collectKeys(parsed.tree, buildKeyTree(keys), keys);
  const refused = found.filter(({ key }) => source.layer === "user-defaults" && key.layer !== "any");
  const usable = found.filter((entry) => !refused.includes(entry));
  const wrong = usable.flatMap(({ checked }) => (checked.ok ? [] : checked.problems));
  return {
    settings: usable.flatMap(({ key, path, checked }) =>
      checked.ok ? [{ key, value: checked.value, origin: originOf(source, places, path), locate }] : [],
    ),
    diagnostics: [...problems, ...wrong, ...refused.map(refusal)].map(locate),
    wrong: found.filter((entry) => !entry.checked.ok).map(({ key }) => key.key),
    warnings: [],
    isUnreadable: false,
  };
}

function placeOf(places: Places, { at, path }: ValueProblem): Place {
  return at === "key" ? places.keyAt(path) : places.valueAt(path);
}

/** Line and column are looked up when they are read: that parses the text once more, and few commands show them. */
function originOf({ layer, file }: FileSource, places: () => Places, path: Path): Origin {
  return {
    layer,
    file,
    get line() {
      return places().keyAt(path).line;
    },
    get column() {
      return places().keyAt(path).column;
    },
  };
}

/** Why a key stands in the spec alone. */
function refusal({ key }: FoundKey): ValueProblem {
  const why =
    key.key === "project"
      ? "it names one repository's fleet"
      : "it decides what images are made of, and two people on one host would replace each other's workers";
  return wholeValue(
    key,
    "SPEC_NOT_FROM_DEFAULTS",
    `${key.key} cannot be set in user defaults: ${why}`,
    "set it in limaform.toml",
  );
}
