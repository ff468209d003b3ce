import type { ImageName, ImageTable } from "./image-value.js";

/*
 * Source: the Lima Go module v2.2.0, `templates/_images/{debian-13,debian-12,ubuntu-24.04,ubuntu-26.04}.yaml`: the first
 * dated release entry of each architecture. Nothing here is made up; a newer Lima release brings newer entries.
 */

const DEBIAN = "https://cloud.debian.org/images/cloud";
const UBUNTU = "https://cloud-images.ubuntu.com/releases";

/** Images by name, one entry for each architecture, each with the digest of exactly that release. */
export const NAMED_IMAGES: Readonly<Record<string, readonly ImageTable[]>> = {
  "debian-13": [
    {
      location: `${DEBIAN}/trixie/20260712-2537/debian-13-genericcloud-amd64-20260712-2537.qcow2`,
      arch: "x86_64",
      digest:
        "sha512:7ae53e9dbee282bfc16f289dec483dde3a8598769c38a267948310f7a2a52c662620198603bc52c142627efba379863d16079698a10b34102d55bcedd40e8d32",
    },
    {
      location: `${DEBIAN}/trixie/20260712-2537/debian-13-genericcloud-arm64-20260712-2537.qcow2`,
      arch: "aarch64",
      digest:
        "sha512:8543d795f2fde630eb66c492f245a8c1da19dedc636e0a8e7b3d0f95920e1a05aa911ef2d82d177d41cc53ced5fccbd2a3945d07fa5e15018914c4d864bb07ed",
    },
  ],
  "debian-12": [
    {
      location: `${DEBIAN}/bookworm/20260712-2537/debian-12-genericcloud-amd64-20260712-2537.qcow2`,
      arch: "x86_64",
      digest:
        "sha512:6c2607f1846ee86040830c87d0b723f0967da3e884ea4673d9db4aa8eee13a4b7c663524bfa42082c16fc6919f3aa1bf425c004d07ff06c53a319ad0c42647bb",
    },
    {
      location: `${DEBIAN}/bookworm/20260712-2537/debian-12-genericcloud-arm64-20260712-2537.qcow2`,
      arch: "aarch64",
      digest:
        "sha512:52eb678130e85a9bf9f3cf4f7181e060fa60a5db45373717474c5ff9305645c5e6cab8b05ca042bcfa7921d2ca29cf9fd2e815f75abe2d168557ad7207af127b",
    },
  ],
  "ubuntu-24.04": [
    {
      location: `${UBUNTU}/noble/release-20260705/ubuntu-24.04-server-cloudimg-amd64.img`,
      arch: "x86_64",
      digest: "sha256:ffe6203da54deeb6db5d2a98a83f9ec8e55f149d3f7ba622e1abe5fa966ee3d6",
    },
    {
      location: `${UBUNTU}/noble/release-20260705/ubuntu-24.04-server-cloudimg-arm64.img`,
      arch: "aarch64",
      digest: "sha256:7df0201546f75b8bcc1044594c806c35749421ad3c9bc1be2a3ab806cfae39cc",
    },
  ],
  "ubuntu-26.04": [
    {
      location: `${UBUNTU}/resolute/release-20260720/ubuntu-26.04-server-cloudimg-amd64.img`,
      arch: "x86_64",
      digest: "sha256:117816726abbdefc5ef3e38902e81a76f1c76c3610e709999d0885f9d5d9b477",
    },
    {
      location: `${UBUNTU}/resolute/release-20260720/ubuntu-26.04-server-cloudimg-arm64.img`,
      arch: "aarch64",
      digest: "sha256:7bcf159e29ad0000bfed9c57875908c39268f5ed1257f4958fa6a9f5f60edd54",
    },
  ],
} satisfies Record<ImageName, readonly ImageTable[]>;
