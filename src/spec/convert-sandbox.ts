import { SpecError } from "../errors/errors.js";

/** `init --from .lima-sandbox.toml`. Errors: SPEC_NOT_SUPPORTED_YET, always: the conversion comes with a later version. */
export function convertSandbox(_text: string): never {
  throw new SpecError(
    "SPEC_NOT_SUPPORTED_YET",
    "init --from is not supported yet: specs of the older tool are not converted",
    {
      hint: "write a new one with: limaform init",
    },
  );
}
