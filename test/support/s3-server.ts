import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { s3Binary } from './kube-binaries.js';

const BUCKET = 'backups';

/** A real S3 server (versitygw) over a temporary directory, with one bucket. Its credentials go into the environment. */
export class S3Server {
  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly child: Child,
  ) {}

  static async start(): Promise<S3Server> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-s3-'));
    await mkdir(join(directory, BUCKET));
    const address = `127.0.0.1:${await freePort()}`;
    const [access, secret] = ['berth', randomBytes(16).toString('hex')];
    process.env['AWS_ACCESS_KEY_ID'] = access;
    process.env['AWS_SECRET_ACCESS_KEY'] = secret;
    const args = ['--access', access, '--secret', secret, '--port', address, 'posix', directory];
    const child = new Child(await s3Binary(), args);
    const server = new S3Server(`http://${address}`, directory, child);
    const answers = () =>
      fetch(server.url).then(
        () => true,
        () => false,
      );
    await eventually(answers, 'the S3 server to answer', 30_000);
    return server;
  }

  /** What BERTH_BACKUP_STORE would say. */
  get address(): string {
    return `s3://${BUCKET}/berth?endpoint=${this.url}&region=us-east-1`;
  }

  /** `kill -9`; the objects stay. */
  async kill(): Promise<void> {
    await this.child.kill();
  }

  /** Connections stay open, nothing is answered. */
  freeze(): void {
    this.child.signal('SIGSTOP');
  }

  async stop(): Promise<void> {
    await this.child.kill();
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    await rm(this.directory, { recursive: true, force: true });
  }
}
