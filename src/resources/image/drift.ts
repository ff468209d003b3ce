import { makeAddress } from "../address.js";
import { openDrift } from "../closed.js";
import type { InstanceFacts, KindDrift, ObjectDrift } from "../kind.js";
import { sealedAt } from "./usable.js";

const GOLDEN = makeAddress("image", "golden");

/**
 * A sealed image is expected to be stopped, protected, on the disk that was sealed, and closed: its clones inherit what it
 * opens. What an apply did not get to seal is no drift; nor is a tools image that is gone, because nobody misses it while
 * the golden image is there.
 */
export const imageDrift: KindDrift = {
  wanted: () => [],
  isMissed: (address) => address === GOLDEN,
  findings: (object) => (sealedAt(object) === "" ? [] : [...ofSealed(object), ...openDrift(object)]),
};

function ofSealed(object: InstanceFacts): readonly ObjectDrift[] {
  if (object.status === "running") return [{ kind: "image_modified", text: "it was started after it was sealed" }];
  if (object.status === "broken") return [{ kind: "broken", text: ["it was started", ...object.errors].join("; ") }];
  if (object.damage !== undefined) return [{ kind: "broken", text: object.damage.text }];
  const texts = [
    ...(object.diskChange === undefined ? [] : [`it is not what was sealed: ${object.diskChange}`]),
    ...(object.isProtected ? [] : [`it is no longer protected against deletion`]),
  ];
  return texts.length === 0 ? [] : [{ kind: "image_modified", text: texts.join("; ") }];
}
