/** Names under which Nest injects what is not a class. */
export const CONFIG = Symbol('Config');
export const LOGGER = Symbol('Logger');
export const CLOCK = Symbol('Clock');
export const RENDERER = Symbol('Renderer');
