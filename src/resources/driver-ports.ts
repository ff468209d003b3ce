import type { Downloads } from "../ports/downloads.js";
import type { Guest } from "../ports/guest.js";
import type { Clock } from "../ports/host.js";
import type { DeclaredSecrets, ImageRecords } from "../ports/images.js";
import type { Disks, InstanceFiles, InstanceReader, InstanceWriter } from "../ports/instances.js";
import type { CodePush } from "../ports/repository.js";
import type { WorkKeeper } from "../ports/work.js";

/** The ports that drivers act through. Nothing else of the outside world is within their reach. */
export interface DriverPorts {
  readonly reader: InstanceReader;
  readonly writer: InstanceWriter;
  readonly disks: Disks;
  readonly files: InstanceFiles;
  readonly guest: Guest;
  readonly code: CodePush;
  readonly work: WorkKeeper;
  readonly downloads: Downloads;
  readonly images: ImageRecords;
  readonly secrets: DeclaredSecrets;
  readonly clock: Clock;
}
