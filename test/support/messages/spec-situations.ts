import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OTHER_ARCH, type Place } from "./place.js";
import type { Situation } from "./situation.js";

const validate = ["validate"];
const invalid = (code: string): Pick<Situation, "argv" | "codes" | "exit"> => ({
  argv: validate,
  codes: ["SPEC_INVALID", code],
  exit: 1,
});
const at = (place: string) => ({ where: [`limaform.toml:${place}`] });
const text = (spec: string | Buffer) => ({ arrange: (place: Place) => place.spec(spec) });
const after = (line: string) => text(`project = "shop"\n${line}\n`);
const specFile = (place: Place) => join(place.root, "limaform.toml");
const edited = (from: string | RegExp, to: string) => ({ arrange: (place: Place) => place.edit(from, to) });
const withImage = (image: string) => edited(/image = .*/, `image = ${image}`);
/** An image that git does not know. */
const withOwnImage = (change: (file: string) => void) => ({
  arrange(place: Place) {
    place.write("shop/images/debian.img", "an image");
    place.write("shop/.gitignore", "images/\n");
    place.edit("./base.img", "./images/debian.img");
    change(join(place.root, "images/debian.img"));
  },
});
const DIGEST = `sha256:${"0".repeat(64)}`;

/** What stands in the spec. */
export const SPEC_SITUATIONS: readonly Situation[] = [
  {
    name: "TOML: a quote is missing",
    ...invalid("SPEC_SYNTAX"),
    ...text('project = "shop\nworkers = 2\n'),
    ...at("1:"),
  },
  { name: "TOML: an equals sign too many", ...invalid("SPEC_SYNTAX"), ...after("workers = = 2"), ...at("2:11") },
  { name: "TOML: a table's bracket is not closed", ...invalid("SPEC_SYNTAX"), ...after("[vm\ncpus = 2"), ...at("2:") },
  { name: "TOML: a value is missing", ...invalid("SPEC_SYNTAX"), ...after("workers ="), ...at("2:") },
  {
    name: "TOML: a list is not closed",
    ...invalid("SPEC_SYNTAX"),
    ...after('[tools]\napt = ["git", "curl"'),
    ...at("4:1"),
  },
  { name: "TOML: a line of YAML", ...invalid("SPEC_SYNTAX"), ...after("workers: 2"), ...at("2:8") },
  { name: "a key stands there twice", ...invalid("SPEC_SYNTAX"), ...after("workers = 2\nworkers = 3"), ...at("3:1") },
  {
    name: "a table stands there twice",
    ...invalid("SPEC_SYNTAX"),
    ...after("[vm]\ncpus = 2\n[vm]\ncpus = 3"),
    ...at("4:"),
  },
  {
    name: "a git conflict was left in",
    ...invalid("SPEC_SYNTAX"),
    ...after("<<<<<<< HEAD\nworkers = 2\n=======\nworkers = 3\n>>>>>>> main"),
    ...at("2:1"),
  },
  { name: "an unknown key near a known one", ...invalid("SPEC_UNKNOWN_KEY"), ...after("worker = 3"), ...at("2:1") },
  {
    name: "an unknown key that belongs elsewhere",
    ...invalid("SPEC_UNKNOWN_KEY"),
    ...after("[vm]\nnode = 24"),
    ...at("3:1"),
  },
  { name: "an unknown key like nothing", ...invalid("SPEC_UNKNOWN_KEY"), ...after("banana = true"), ...at("2:1") },
  {
    name: "a key of a later version",
    ...invalid("SPEC_NOT_SUPPORTED_YET"),
    ...after("[[pools]]\nname = 'big'"),
    ...at("2:3"),
  },
  { name: "workers = -1", ...invalid("SPEC_OUT_OF_RANGE"), ...after("workers = -1"), ...at("2:11") },
  { name: "workers = 10^9", ...invalid("SPEC_OUT_OF_RANGE"), ...after("workers = 1_000_000_000"), ...at("2:11") },
  { name: "workers = 10^30", ...invalid("SPEC_OUT_OF_RANGE"), ...after(`workers = 1${"0".repeat(30)}`), ...at("2:11") },
  { name: "workers in words", ...invalid("SPEC_WRONG_TYPE"), ...after('workers = "three"'), ...at("2:11") },
  { name: "workers in quotes", ...invalid("SPEC_WRONG_TYPE"), ...after('workers = "3"'), ...at("2:11") },
  { name: "half a worker", ...invalid("SPEC_WRONG_TYPE"), ...after("workers = 2.5"), ...at("2:11") },
  {
    name: "a table where a number belongs",
    ...invalid("SPEC_WRONG_TYPE"),
    ...after("[workers]\ncount = 2"),
    ...at("2:2"),
  },
  { name: "a number where a table belongs", ...invalid("SPEC_WRONG_TYPE"), ...after("vm = 2"), ...at("2:6") },
  {
    name: "a text where a list belongs",
    ...invalid("SPEC_WRONG_TYPE"),
    ...after('[image]\ninputs = "package-lock.json"'),
    ...at("3:10"),
  },
  {
    name: "a list where a text belongs",
    ...invalid("SPEC_WRONG_TYPE"),
    ...after('[hooks]\npost_sync = ["npm ci"]'),
    ...at("3:13"),
  },
  { name: "a size in words", ...invalid("SPEC_INVALID_VALUE"), ...after('[vm]\nmemory = "plenty"'), ...at("3:10") },
  {
    name: "a size as people write it",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nmemory = "8 GB"'),
    ...at("3:10"),
  },
  { name: "a size without a unit", ...invalid("SPEC_WRONG_TYPE"), ...after("[vm]\nmemory = 4"), ...at("3:10") },
  {
    name: "a size without a unit, in quotes",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nmemory = "4096"'),
    ...at("3:10"),
  },
  { name: "no memory at all", ...invalid("SPEC_OUT_OF_RANGE"), ...after('[vm]\nmemory = "0GiB"'), ...at("3:10") },
  { name: "no disk at all", ...invalid("SPEC_OUT_OF_RANGE"), ...after('[vm]\ndisk = "0GiB"'), ...at("3:8") },
  {
    name: "more memory than exists",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nmemory = "99999999999TiB"'),
    ...at("3:10"),
  },
  {
    name: "a duration in words",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nstart_timeout = "soon"'),
    ...at("3:17"),
  },
  {
    name: "a duration without a unit",
    ...invalid("SPEC_WRONG_TYPE"),
    ...after("[vm]\nstart_timeout = 90"),
    ...at("3:17"),
  },
  {
    name: "a duration of nothing",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nstart_timeout = "0s"'),
    ...at("3:17"),
  },
  { name: "the file is empty", ...invalid("SPEC_MISSING_KEY"), ...text(""), ...at("1:1") },
  { name: "the project is missing", ...invalid("SPEC_MISSING_KEY"), ...text("# mine\nworkers = 2\n"), ...at("1:1") },
  { name: "a bad project name", ...invalid("SPEC_INVALID_VALUE"), ...text('project = "My_Shop"\n'), ...at("1:11") },
  {
    name: "a project name of 40 letters",
    ...invalid("SPEC_OUT_OF_RANGE"),
    ...text(`project = "${"s".repeat(40)}"\n`),
    ...at("1:11"),
  },
  {
    name: "rollout of nothing at a time",
    ...invalid("SPEC_RULE"),
    ...after("[rollout]\nsurge = 0\nunavailable = 0"),
    ...at("4:15"),
  },
  {
    name: "a rollout larger than the fleet",
    ...invalid("SPEC_OUT_OF_RANGE"),
    ...after("workers = 2\n[rollout]\nsurge = 3"),
    ...at("4:9"),
  },
  {
    name: "an unknown image name",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nimage = "debian-31"'),
    ...at("3:9"),
  },
  {
    name: "a digest that is none",
    ...invalid("SPEC_INVALID_VALUE"),
    ...after('[vm]\nimage = { location = "./base.img", digest = "abc" }'),
    ...at("3:45"),
  },
  {
    name: "five problems at once",
    ...invalid("SPEC_UNKNOWN_KEY"),
    ...text('project = "Shop"\nworker = 3\n[vm]\ncpus = "four"\nmemory = 8\n[repo]\nmode = "svn"\n'),
    where: ["limaform.toml:1:11", "limaform.toml:2:1", "limaform.toml:4:8", "limaform.toml:5:10", "limaform.toml:7:8"],
  },
  {
    name: "not UTF-8",
    ...invalid("SPEC_SYNTAX"),
    ...text(Buffer.from('project = "shop"\n# caf\xe9\nworkers = 2\n', "latin1")),
    ...at("2:6"),
  },
  {
    name: "UTF-16, as some Windows editors write",
    ...invalid("SPEC_SYNTAX"),
    ...text(Buffer.from('\ufeffproject = "shop"\n', "utf16le")),
    where: ["/home/uma/shop/limaform.toml"],
  },
  { name: "a NUL byte", ...invalid("SPEC_SYNTAX"), ...text('project = "sh\0op"\n'), ...at("1:14") },
  {
    name: "a mistake behind a byte order mark",
    ...invalid("SPEC_OUT_OF_RANGE"),
    ...text('\ufeffproject = "shop"\r\nworkers = 501\r\n'),
    ...at("2:11"),
  },
  {
    name: "control characters that would draw on the terminal",
    ...invalid("SPEC_UNKNOWN_KEY"),
    ...text('project = "shop"\n"\\u001b[2J\\u202egnp" = 1\n'),
    ...at("2:1"),
  },
  {
    name: "the spec is a folder",
    argv: validate,
    codes: ["STORE_READ"],
    exit: 1,
    where: ["/home/uma/shop/limaform.toml"],
    arrange(place) {
      rmSync(specFile(place));
      mkdirSync(specFile(place));
    },
  },
  {
    name: "the spec may not be read",
    argv: validate,
    codes: ["STORE_READ"],
    exit: 1,
    where: ["/home/uma/shop/limaform.toml"],
    arrange: (place) => chmodSync(specFile(place), 0),
  },
  {
    name: "the spec is a link to nothing",
    argv: validate,
    codes: ["STORE_READ"],
    exit: 1,
    where: ["/home/uma/shop/limaform.toml"],
    arrange(place) {
      rmSync(specFile(place));
      symlinkSync("../specs/shop.toml", specFile(place));
    },
  },
  {
    name: "the spec is a device without end",
    argv: ["validate", "--config", "/dev/zero"],
    codes: ["STORE_READ"],
    exit: 1,
    where: ["/dev/zero"],
  },
  { name: "no spec anywhere", argv: validate, codes: ["SPEC_NOT_FOUND"], exit: 1, cwd: "", where: ["/home/uma"] },
  {
    name: "the named spec is not there",
    argv: ["plan", "--config", "ci/limaform.toml"],
    codes: ["SPEC_NOT_FOUND"],
    exit: 1,
    where: ["ci/limaform.toml"],
  },
  {
    name: "a value from the environment that does not fit",
    ...invalid("SPEC_WRONG_TYPE"),
    where: ["environment variable LIMAFORM_WORKERS"],
    arrange(place) {
      place.env.LIMAFORM_WORKERS = "many";
    },
  },
  {
    name: "an input of the image from the environment",
    ...invalid("SPEC_NOT_FROM_ENVIRONMENT"),
    where: ["environment variable LIMAFORM_VM_USER"],
    arrange(place) {
      place.env.LIMAFORM_VM_USER = "bob";
    },
  },
  {
    name: "an input of the image in the user's defaults",
    ...invalid("SPEC_NOT_FROM_DEFAULTS"),
    where: [".config/limaform/defaults.toml:2:1"],
    arrange: (place) => place.write(".config/limaform/defaults.toml", '[vm]\nuser = "bob"\n'),
  },
  {
    name: "the user's defaults are no TOML",
    ...invalid("SPEC_SYNTAX"),
    where: [".config/limaform/defaults.toml:1:"],
    arrange: (place) => place.write(".config/limaform/defaults.toml", "workers: 2\n"),
  },
  {
    name: "the user's defaults may not be read",
    argv: validate,
    codes: ["STORE_READ"],
    exit: 1,
    where: [".config/limaform/defaults.toml"],
    arrange(place) {
      place.write(".config/limaform/defaults.toml", "workers = 2\n");
      chmodSync(join(place.user, ".config/limaform/defaults.toml"), 0);
    },
  },
  {
    name: "a project flag that is no name",
    argv: ["plan", "--project", "My Shop"],
    codes: ["SPEC_INVALID", "SPEC_INVALID_VALUE"],
    exit: 1,
    where: ["flag --project"],
  },
  {
    name: "the image file is missing",
    argv: ["apply", "--yes"],
    codes: ["PLAN_FILE_MISSING"],
    exit: 1,
    where: ["/home/uma/shop/images/debian.img"],
    ...withOwnImage((file) => rmSync(file)),
  },
  {
    name: "the image file may not be read",
    argv: ["apply", "--yes"],
    codes: ["PLAN_FILE_UNREADABLE"],
    exit: 1,
    where: ["/home/uma/shop/images/debian.img"],
    ...withOwnImage((file) => chmodSync(file, 0)),
  },
  {
    name: "the image file is a folder",
    argv: ["apply", "--yes"],
    codes: ["PLAN_FILE_UNREADABLE"],
    exit: 1,
    where: ["/home/uma/shop/images/debian.img"],
    ...withOwnImage((file) => {
      rmSync(file);
      mkdirSync(file);
    }),
  },
  {
    name: "the image file is empty",
    argv: ["apply", "--yes"],
    codes: ["PLAN_FILE_UNREADABLE"],
    exit: 1,
    where: ["/home/uma/shop/images/debian.img"],
    ...withOwnImage((file) => writeFileSync(file, "")),
  },
  {
    name: "the image file has another digest",
    argv: ["apply", "--yes"],
    codes: ["PLAN_FILE_CHANGED"],
    exit: 1,
    where: ["base.img"],
    ...withImage(`{ location = "./base.img", arch = "x86_64", digest = "${DIGEST}" }`),
  },
  {
    name: "the image is for another architecture",
    argv: ["apply", "--yes"],
    codes: ["PLAN_NO_IMAGE_FOR_ARCH"],
    exit: 1,
    ...withImage(`{ location = "./base.img", arch = "${OTHER_ARCH}" }`),
  },
  {
    name: "an image from the network without a digest",
    argv: ["validate"],
    codes: [],
    exit: 0,
    format: "limaform.validate",
    where: ["limaform.toml:9:9"],
    ...withImage('"https://example.org/debian.qcow2"'),
  },
];
