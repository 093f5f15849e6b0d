import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
  collectDefaultMetrics,
} from 'prom-client';

/**
 * The metrics of one process. Asking twice for a name gives the same metric, so many reconcilers can share one
 * series and tell themselves apart by a label.
 */
export class Metrics {
  readonly registry = new Registry();

  /** Adds the figures of the process itself: CPU, memory, event loop, garbage collection. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string>(options: CounterConfiguration<L>): Counter<L> {
    return (
      this.#existing(options.name, Counter<L>) ?? new Counter({ ...options, registers: [this.registry] })
    );
  }

  gauge<L extends string>(options: GaugeConfiguration<L>): Gauge<L> {
    return this.#existing(options.name, Gauge<L>) ?? new Gauge({ ...options, registers: [this.registry] });
  }

  histogram<L extends string>(options: HistogramConfiguration<L>): Histogram<L> {
    return (
      this.#existing(options.name, Histogram<L>) ?? new Histogram({ ...options, registers: [this.registry] })
    );
  }

  /** The Prometheus text exposition and its content type. */
  async expose(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  #existing<M>(name: string, type: new (...args: never[]) => M): M | undefined {
    const metric: unknown = this.registry.getSingleMetric(name);
    return metric instanceof type ? metric : undefined;
  }
}
