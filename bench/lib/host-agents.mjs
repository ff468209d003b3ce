/*
 * Stands in for the host agents and VMs of instances: limactl asks each for its port, and looks whether its process lives.
 * Ends with its standard input.
 *
 * usage: node bench/lib/host-agents.mjs SOCKET=PORT…
 */
import { createServer } from "node:http";

for (const word of process.argv.slice(2)) {
  const [socket, port] = word.split("=");
  const answer = JSON.stringify({ sshLocalPort: Number(port) });
  createServer((_, response) => response.setHeader("content-type", "application/json").end(answer)).listen(socket);
}
process.stdout.write("ready\n");
process.stdin.resume().on("end", () => process.exit(0));
