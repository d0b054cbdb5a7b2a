// JSON.parse of one file, so many times; prints the microseconds of CPU that one took. The first
// tenth, when the code is not compiled yet, does not count.
//
//     node decode_node.mjs FILE TIMES

import { readFileSync } from 'node:fs';

const [file, times] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const count = Number(times);
let items = 0;
for (let i = 0; i < count / 10; ++i) {
  items += JSON.parse(text).length;
}
const before = process.cpuUsage();
for (let i = 0; i < count; ++i) {
  items += JSON.parse(text).length;
}
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / count));
process.exitCode = items > 0 ? 0 : 1;
