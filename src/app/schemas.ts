import type { AnySchemaObject } from "ajv";
import { BACK_STATE_SCHEMA } from "../adapters/git/back-state.js";
import { RESULT_RECORD_SCHEMA } from "../adapters/git/result-record.js";
import { SAVE_RECORD_SCHEMA } from "../adapters/git/save-record.js";
import { IMAGE_RECORD_SCHEMA } from "../adapters/host/image-record-schema.js";
import { STOP_NOTE_SCHEMA } from "../adapters/host/stop-notes.js";
import { RUN_RECORD_SCHEMA } from "../adapters/runs/run-record.js";
import { PROGRESS_SCHEMA } from "../adapters/runs/transcript.js";
import type { SpecKey } from "../resources/kind.js";
import { branchesOf } from "../spec/index.js";
import { RUN_HEAD_SCHEMA } from "./run-head.js";
import { TASK_LIST_SCHEMA } from "./task-list.js";

/** All schemas that the program holds values against: for these the build makes validators. */
export function allSchemas(keys: readonly SpecKey[]): readonly AnySchemaObject[] {
  return [
    ...keys.flatMap(({ schema }) => branchesOf(schema)),
    ...[
      BACK_STATE_SCHEMA,
      IMAGE_RECORD_SCHEMA,
      RESULT_RECORD_SCHEMA,
      SAVE_RECORD_SCHEMA,
      RUN_RECORD_SCHEMA,
      PROGRESS_SCHEMA,
      RUN_HEAD_SCHEMA,
      STOP_NOTE_SCHEMA,
      TASK_LIST_SCHEMA,
    ],
  ];
}
