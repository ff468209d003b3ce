/* The public face of the spec: text in, values with their origins out. Pure; files and environment are handed in. */

export { candidates, SPEC_NAME } from "./candidates.js";
export { branchesOf } from "./check-value.js";
export { commonKeys } from "./common-keys.js";
export { convertSandbox } from "./convert-sandbox.js";
export { decodeSpec } from "./decode.js";
export { detectRepository, projectNameOf, type RepositoryListing, type RepositoryTraits } from "./detect.js";
export type { Diagnostic } from "./diagnostic.js";
export { editWorkers } from "./edit-workers.js";
export { specSchema } from "./editor-schema.js";
export { OTHER_VARIABLES, variableOf } from "./environment-layer.js";
export { type InitFacts, type InitTemplate, PACKAGED_SCHEMA, renderInit } from "./init.js";
export { renderSpecReference } from "./reference.js";
export { type Resolved, type ResolveInput, resolveSpec } from "./resolve.js";
