import type { PlannedFile } from "../plan/document.js";
import { baseFileText } from "./base-files.js";
import { fine, missing, skipped, warning } from "./doctor-check.js";
import type { DoctorCheck } from "./doctor-document.js";

export interface BaseImageState {
  /** null where the spec has no image for this architecture. */
  readonly files: readonly PlannedFile[] | null;
  readonly arch: string;
  /** Why nothing was looked at; null where it was. */
  readonly skipped: string | null;
}

/** What the image's first build needs of the base image, and whether it can come. */
export function checkBaseImage(state: BaseImageState): DoctorCheck {
  const told = { id: "base-image", group: "lima" } as const;
  if (state.skipped !== null) {
    return skipped({ ...told, text: "the base image was not looked at", why: state.skipped });
  }
  if (state.files === null) {
    const why = "Images are built for the host's architecture, or that of vm.arch.";
    const next = [`add an entry with arch = "${state.arch}" to vm.image, or set vm.arch`];
    return missing({ ...told, text: `vm.image has no entry for ${state.arch}`, why, next });
  }
  const text = state.files.map(baseFileText).join("; ");
  const absent = state.files.find(({ from, bytes }) => from === "file" && bytes === null);
  if (absent !== undefined) {
    const next = [`ls -l ${absent.location}`, "or name another file for vm.image in limaform.toml"];
    return missing({ ...told, text, why: "The first image is made of it.", next });
  }
  if (state.files.every(({ unknown }) => unknown === null)) return fine({ ...told, text });
  const next = ["behind a proxy set HTTPS_PROXY and NO_PROXY, or name a file of this host for vm.image"];
  return warning({ ...told, text, why: "The next build of image.tools downloads it.", next });
}
