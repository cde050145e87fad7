import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const SNAPSHOT_FORMAT = 1;
const DEBOUNCE_MS = 150;

export interface SnapshotPart {
  /** The part as JSON text. */
  save(): string;
  restore(saved: unknown): void;
}

/**
 * Keeps the sandbox's state in one JSON file, so that a restart loses nothing. Written to a temporary file and
 * renamed, at most 150 ms after a change and on close. Without a file name it keeps nothing.
 */
export class SnapshotFile {
  private readonly parts = new Map<string, SnapshotPart>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isDirty = false;
  private isClosed = false;

  constructor(private readonly fileName: string | undefined) {}

  add(name: string, part: SnapshotPart): void {
    this.parts.set(name, part);
  }

  /** An arrow, because it is handed to every table. */
  readonly markChanged = (): void => {
    if (!this.fileName || this.isClosed) return;
    this.isDirty = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.write().catch((error: unknown) =>
        console.error('the sandbox could not write its snapshot', error),
      );
    }, DEBOUNCE_MS);
  };

  /** @throws Error when the file is there but is not a snapshot of this sandbox */
  async load(): Promise<void> {
    if (!this.fileName) return;
    const text = await readFile(this.fileName, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return;
    const saved = JSON.parse(text) as { format?: number; parts?: Record<string, unknown> };
    if (saved.format !== SNAPSHOT_FORMAT || !saved.parts) {
      throw new Error(`${this.fileName} is not a snapshot of this sandbox; remove it to start afresh`);
    }
    for (const [name, part] of this.parts) part.restore(saved.parts[name]);
  }

  /** Writes what changed and stops the timer. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.write();
  }

  private write(): Promise<void> {
    this.writing = this.writing.then(() => this.writeNow());
    return this.writing;
  }

  private async writeNow(): Promise<void> {
    if (!this.fileName || !this.isDirty) return;
    this.isDirty = false;
    const parts = [...this.parts].map(([name, part]) => `${JSON.stringify(name)}:${part.save()}`);
    const temporary = `${this.fileName}.tmp`;
    await mkdir(dirname(this.fileName), { recursive: true });
    await writeFile(temporary, `{"format":${SNAPSHOT_FORMAT},"parts":{${parts.join(',')}}}`, { mode: 0o600 });
    await rename(temporary, this.fileName);
  }
}
