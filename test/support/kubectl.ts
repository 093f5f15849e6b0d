import { run, type RunResult, tryRun } from '../../src/core/process.js';
import type { KubeObject } from '../../src/kube/types.js';
import { Child } from './child.js';

export interface KubectlOptions {
  /** Path of the command. */
  command: string;
  kubeconfig: string;
  cacheDir: string;
}

const APPLY = ['apply', '-f', '-'];

function listOf(items: object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** kubectl with one kubeconfig, as a person uses it. */
export class Kubectl {
  constructor(private readonly options: KubectlOptions) {}

  get kubeconfig(): string {
    return this.options.kubeconfig;
  }

  /** Its standard output; throws when it fails. */
  run(...args: string[]): Promise<string> {
    return run(this.options.command, this.#args(args));
  }

  /** Whatever its exit code. */
  try(...args: string[]): Promise<RunResult> {
    return tryRun(this.options.command, this.#args(args));
  }

  /** One that goes on until it is killed, such as `logs -f`; its standard input stays open. */
  start(...args: string[]): Child {
    return new Child(this.options.command, this.#args(args), { interactive: true });
  }

  async json<T = KubeObject>(...args: string[]): Promise<T> {
    return JSON.parse(await this.run(...args, '-o', 'json')) as T;
  }

  apply(...objects: object[]): Promise<string> {
    return run(this.options.command, this.#args(APPLY), { input: listOf(objects) });
  }

  /** Whatever its exit code; warnings are in its standard error. */
  tryApply(...objects: object[]): Promise<RunResult> {
    return tryRun(this.options.command, this.#args(APPLY), { input: listOf(objects) });
  }

  #args(args: readonly string[]): string[] {
    const { kubeconfig, cacheDir } = this.options;
    return ['--kubeconfig', kubeconfig, '--cache-dir', cacheDir, ...args];
  }
}
