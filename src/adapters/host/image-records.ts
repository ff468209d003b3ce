/* Effects: records of images in the state folder. */
import { hostname, userInfo } from "node:os";
import { StoreError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { ImageRecords } from "../../ports/images.js";
import { isFields, refuseNewer } from "../../record/narrow.js";
import { compareText } from "../../util/compare.js";
import type { JsonObject } from "../../util/json.js";
import { quoteWord } from "../../util/shell-quote.js";
import { type Violation, validate } from "../../util/validator.js";
import { VERSION as ENGINE } from "../../util/version.js";
import type { ImageRecord } from "../../world/image-record.js";
import { IMAGE_RECORD_SCHEMA } from "./image-record-schema.js";

const FORMAT = "limaform.image-record";
const VERSION = 1;
const FOLDER = "images";

export function createImageRecords(store: Store): ImageRecords {
  const fileOf = (instance: string): string => `${FOLDER}/${instance}.json`;
  return {
    async read(instance, sealedAt) {
      const file = `${store.root}/${fileOf(instance)}`;
      const value: unknown = await store.readJson(fileOf(instance)).catch((error: unknown) => {
        throw error instanceof StoreError && error.code === "STORE_DAMAGED" ? damaged(file, [], error) : error;
      });
      if (!isFields(value) || value.format !== FORMAT) return null;
      refuseNewer(file, { version: value.version, engine: value.engine }, VERSION);
      const { record } = value;
      // Of another sealing it may be of another shape as well: then it is only not this one.
      if (isFields(record) && (record.instance !== instance || record.sealedAt !== sealedAt)) return null;
      const checked = validate<ImageRecord>(IMAGE_RECORD_SCHEMA, record);
      if (!checked.ok) throw damaged(file, checked.violations);
      // Records of before counted indexes as files.
      const steps = checked.value.steps.map((step) => ({ ...step, indexBytes: step.indexBytes ?? 0 }));
      return { ...checked.value, steps };
    },
    async write(record) {
      const value = { format: FORMAT, version: VERSION, engine: ENGINE, record };
      await store.writeJson(fileOf(record.instance), JSON.parse(JSON.stringify(value)) as JsonObject);
    },
    remove: (instance) => store.remove(fileOf(instance)),
    async list() {
      const names = await store.list(FOLDER);
      return names.flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : [])).sort(compareText);
    },
    builder: (lima) => ({ who: `${userName()}@${hostname()}`, limaform: ENGINE, lima }),
  };
}

function damaged(file: string, violations: readonly Violation[], cause?: StoreError): StoreError {
  const [first] = violations;
  const where = first === undefined ? "" : `: ${["record", ...first.path].join(".")} ${first.text}`;
  return new StoreError("STORE_DAMAGED", `${file} is no record of an image${where}`, {
    hint: `It was changed by something else than limaform; the image does not need it. To go on without it: rm ${quoteWord(file)}`,
    details: { path: file, operation: "read" },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Accounts without an entry are real in containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (error instanceof Error) return `uid ${process.getuid?.() ?? "unknown"}`;
    throw error;
  }
}
