/** Which name servers pods may ask: the machine's, but for those that listen on its loopback only. */
import { readFile } from 'node:fs/promises';

const SOURCES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

/**
 * Text of a resolv.conf. CoreDNS does not start without a name server, so a machine that has none gets
 * `fallback`, where nobody answers.
 */
export async function nameServers(fallback: string): Promise<string> {
  for (const source of SOURCES) {
    const lines = reachable(await readFile(source, 'utf8').catch(() => ''));
    if (lines.length > 0) return `${lines.join('\n')}\n`;
  }
  return `nameserver ${fallback}\n`;
}

export function reachable(resolvConf: string): string[] {
  const lines = resolvConf.split('\n').map((line) => line.trim());
  return lines.filter((line) => /^nameserver\s/.test(line) && !/\s(127\.|::1)/.test(line));
}
