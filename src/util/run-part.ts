import { compareText } from "./compare.js";

/** What a run consists of: one part a worker, or one part a task of its list. */
export interface RunPart {
  /** `YYYYMMDD-HHMMSS-xxxx`. */
  readonly run: string;
  /** Slot of the worker that it is on. */
  readonly slot: number;
  /** Of a task list: the task. Absent = the worker's part of a run without tasks. */
  readonly task?: string;
}

/** Lower case only, because some file systems take `A` and `a` for one name. Safe in refs, paths and names of units. */
const TASK_ID = /^[a-z0-9][a-z0-9_-]{0,39}$/u;

export const isTaskId = (text: string): boolean => TASK_ID.test(text);

/** Names it within its run, in paths, ids of results and branches: the task, else the slot. */
export const partName = ({ slot, task }: Omit<RunPart, "run">): string => task ?? String(Math.trunc(slot));

/** The task as a field to spread; none for a worker's part. */
export const taskOf = ({ task }: Pick<RunPart, "task">): Pick<RunPart, "task"> => (task === undefined ? {} : { task });

/** `RUN/TASK` or `RUN/SLOT`. */
export const partId = (part: RunPart): string => `${part.run}/${partName(part)}`;

/** Names it in the guest, where one worker has several tasks of a run: its folder, its unit, its ref, its pack. */
export const partKey = ({ run, task }: RunPart): string => (task === undefined ? run : `${run}-${task}`);

/** Slots and numbered tasks by number. */
export function comparePartNames(left: string, right: string): number {
  const [, leftWord = "", leftNumber = ""] = /^(.*?)(\d*)$/u.exec(left) ?? [];
  const [, rightWord = "", rightNumber = ""] = /^(.*?)(\d*)$/u.exec(right) ?? [];
  return compareText(leftWord, rightWord) || Number(leftNumber) - Number(rightNumber) || compareText(left, right);
}
