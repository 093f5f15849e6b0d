import type { ObjectMeta } from './types.js';

/** An object of a list as the printer columns of its kind show it. */
export interface TableRow {
  metadata: ObjectMeta;
  /** By the name of the column; null where the object has no such field. */
  cells: Record<string, unknown>;
}

export const TABLE_TYPE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

/** meta.k8s.io/v1 Table, as far as we read it. */
interface TableBody {
  columnDefinitions?: { name: string }[];
  rows?: { cells: unknown[]; object: { metadata: ObjectMeta } }[] | null;
}

export function rowsOf(body: unknown): TableRow[] {
  const { columnDefinitions = [], rows } = body as TableBody;
  return (rows ?? []).map(({ cells, object }) => ({
    metadata: object.metadata,
    cells: Object.fromEntries(columnDefinitions.map(({ name }, i) => [name, cells[i]])),
  }));
}
