/** `ClusterExists` as `Cluster exists`; words in capitals stay: `IssueCACertificates` as `Issue CA certificates`. */
export function inWords(upperCamelCase: string): string {
  const words = upperCamelCase.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ').split(' ');
  return words.map((word, i) => (i === 0 || /^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase())).join(' ');
}
