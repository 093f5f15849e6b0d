import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

describe('metrics', () => {
  it('are one series for one name, told apart by labels', async () => {
    const metrics = new Metrics();
    for (const controller of ['a', 'b', 'a']) {
      metrics.counter({ name: 'runs_total', help: 'Runs.', labelNames: ['controller'] }).inc({ controller });
    }
    const { body, contentType } = await metrics.expose();
    expect(body).toContain('runs_total{controller="a"} 2');
    expect(body).toContain('runs_total{controller="b"} 1');
    expect(contentType).toContain('text/plain');
  });

  it('of two registries do not mix', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    one.gauge({ name: 'depth', help: 'Depth.' }).set(3);
    expect((await two.expose()).body).not.toContain('depth');
  });
});
