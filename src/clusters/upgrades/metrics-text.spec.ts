import { describe, expect, it } from '@jest/globals';
import { sample, samples } from './metrics-text.js';

const text = `# HELP apiserver_requested_deprecated_apis Gauge of deprecated APIs
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",version="v1"} 1
apiserver_requested_deprecated_apis{group="a b",removed_release="1.37",resource="x\\"y",version="v1"} 1
apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} 2.1082112e+07
apiserver_storage_size_bytes_total 5
process_start_time_seconds 1.7e+09
`;

describe('the text of metrics', () => {
  it('gives the labels and the value of each sample', () => {
    const found = samples(text, 'apiserver_requested_deprecated_apis');
    expect(found.map(({ labels }) => labels['removed_release'])).toEqual(['', '1.37']);
    expect(found[1]?.labels['group']).toBe('a b');
  });

  it('tells a metric from another whose name begins alike', () => {
    expect(samples(text, 'apiserver_storage_size_bytes')).toHaveLength(1);
    expect(sample(text, 'apiserver_storage_size_bytes')).toBe(21_082_112);
  });

  it('reads samples without labels, and knows what is not there', () => {
    expect(sample(text, 'process_start_time_seconds')).toBe(1.7e9);
    expect(sample(text, 'nothing')).toBeUndefined();
  });
});
