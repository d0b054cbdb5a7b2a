// Differences that are known: lines `KIND | WHERE | REASON` of a file, WHERE with * for anything. A difference that
// no line lists is an error, and so is a line that nothing uses.
import { readFileSync } from 'node:fs';

export class Differences {
  constructor(file, kinds) {
    this.lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('#'))
      .map((line) => line.split('|').map((part) => part.trim()))
      .filter(([kind]) => kinds.includes(kind))
      .map(([kind, where, reason]) => ({
        kind, where, reason, used: 0,
        pattern: new RegExp('^' + where.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*') + '$'),
      }));
    this.unknown = new Set();
  }

  note(kind, where) {
    const line = this.lines.find((one) => one.kind === kind && one.pattern.test(where));
    if (line) line.used += 1;
    else this.unknown.add(`${kind} | ${where}`);
    return Boolean(line);
  }

  // Prints what is left over; true: nothing is.
  close() {
    for (const one of [...this.unknown].sort()) console.log(`not listed: ${one}`);
    const unused = this.lines.filter((line) => !line.used || !line.reason);
    for (const line of unused) console.log(`unused or without a reason: ${line.kind} | ${line.where}`);
    return this.unknown.size === 0 && unused.length === 0;
  }
}
