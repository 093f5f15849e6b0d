const units: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * A Kubernetes quantity (of bytes, of CPUs) as a whole number, rounded up. Its form has been checked: by a schema, or by
 * the API server.
 */
export function wholeAmount(quantity: string): number {
  const [, number, unit = ''] = /^([\d.]+)(\D*)$/.exec(quantity) ?? [];
  return Math.ceil(Number(number) * (units[unit] ?? Number.NaN));
}
