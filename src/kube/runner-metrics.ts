import type { Metrics } from '../core/metrics.js';
import type { WorkItem, WorkQueue } from './work-queue.js';

type Outcome = 'done' | 'requeue' | 'error' | 'terminal';

/** controller-runtime's words for the outcomes, so that its dashboards and alerts fit. */
const RESULT_LABEL = {
  done: 'success',
  requeue: 'requeue_after',
  error: 'error',
  terminal: 'error',
} as const;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The series of controller-runtime and its work queue for one reconciler. */
export class RunnerMetrics {
  readonly #labels: { controller: string };
  readonly #name: { name: string };

  constructor(
    private readonly metrics: Metrics,
    controller: string,
    private readonly queue: WorkQueue,
  ) {
    this.#labels = { controller };
    this.#name = { name: controller };
  }

  started(concurrency: number): void {
    this.#gauge('controller_runtime_max_concurrent_reconciles', 'Reconciles at once at most.').set(
      this.#labels,
      concurrency,
    );
  }

  /** A reconcile begins; call the answer with how it ended. */
  begin({ waitedMs }: WorkItem): (outcome: Outcome) => void {
    const active = this.#gauge('controller_runtime_active_workers', 'Reconciles under way.');
    active.inc(this.#labels);
    this.#queueSeconds('workqueue_queue_duration_seconds', 'Wait of ready keys.').observe(
      this.#name,
      waitedMs / 1000,
    );
    const stop = this.#reconcileSeconds().startTimer(this.#labels);
    return (outcome) => {
      active.dec(this.#labels);
      const seconds = stop();
      this.#queueSeconds('workqueue_work_duration_seconds', 'Time of a key with a worker.').observe(
        this.#name,
        seconds,
      );
      this.#count(outcome);
    };
  }

  panicked(): void {
    this.#counter(
      'controller_runtime_reconcile_panics_total',
      'Reconciles that threw what is no error of ours.',
    ).inc(this.#labels);
  }

  #count(outcome: Outcome): void {
    this.metrics
      .counter({
        name: 'controller_runtime_reconcile_total',
        help: 'Reconciles by how they ended.',
        labelNames: ['controller', 'result'],
      })
      .inc({ ...this.#labels, result: RESULT_LABEL[outcome] });
    if (outcome === 'error') {
      this.#counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed.').inc(this.#labels);
      this.metrics
        .counter({ name: 'workqueue_retries_total', help: 'Retries with backoff.', labelNames: ['name'] })
        .inc(this.#name);
    }
    if (outcome === 'terminal') {
      this.#counter(
        'controller_runtime_terminal_reconcile_errors_total',
        'Reconciles that failed for good.',
      ).inc(this.#labels);
    }
    this.metrics
      .gauge({ name: 'workqueue_depth', help: 'Keys that wait.', labelNames: ['name'] })
      .set(this.#name, this.queue.length);
  }

  #counter(name: string, help: string) {
    return this.metrics.counter({ name, help, labelNames: ['controller'] });
  }

  #gauge(name: string, help: string) {
    return this.metrics.gauge({ name, help, labelNames: ['controller'] });
  }

  #reconcileSeconds() {
    return this.metrics.histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of reconciles.',
      labelNames: ['controller'],
      buckets: SECONDS,
    });
  }

  #queueSeconds(name: string, help: string) {
    return this.metrics.histogram({ name, help, labelNames: ['name'], buckets: SECONDS });
  }
}
