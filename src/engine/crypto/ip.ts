/** `net.ParseIP` in bytes: 4 for IPv4, 16 for IPv6; undefined when it is no address. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const fits = parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return parts.length === 4 && fits ? Uint8Array.from(parts, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return undefined;
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  if (left === undefined || right === undefined) return undefined;
  const missing = 16 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...left, ...Array.from({ length: missing }, () => 0), ...right]);
}

/** The bytes of groups with `:` between; the last may be an IPv4 address. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    const embedded = i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined;
    if (embedded !== undefined) bytes.push(...embedded);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return undefined;
  }
  return bytes;
}
