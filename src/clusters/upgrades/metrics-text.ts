/** Reads samples from the Prometheus text format, as far as Kubernetes components write it. */

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** All samples of one metric. */
export function samples(text: string, metric: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith(metric)) return [];
    const [, labels = '', value] = /^(?:\{(.*)\})? ([^ ]+)/.exec(line.slice(metric.length)) ?? [];
    if (value === undefined) return [];
    return [
      {
        labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, word]) => [key, word])),
        value: Number(value),
      },
    ];
  });
}

/** The value of the first sample of a metric. */
export function sample(text: string, metric: string): number | undefined {
  return samples(text, metric)[0]?.value;
}
