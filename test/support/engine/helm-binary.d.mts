/** Version of Helm that the engine follows and is compared with. */
export const HELM_VERSION: string;

/**
 * Path of a `helm` of that version: `$BERTH_HELM`, one on the PATH, one built before, or built now from its Go
 * module (about a minute, needs Go). Undefined when there is none and none can be built.
 */
export function findHelm(): string | undefined;
