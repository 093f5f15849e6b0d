import type { Access } from '../e2e/hosting/hosted.js';

export interface TrafficResult {
  sent: number;
  /** The stream, the method and why: an error's code or an HTTP status. */
  failures: string[];
  /** The longest time between two answers, over all streams. */
  longestGapMs: number;
  /** What the watch that saw least saw. */
  events: number;
}

export class Traffic {
  constructor(access: Access);
  static readonly object: object;
  stop(): Promise<TrafficResult>;
}
