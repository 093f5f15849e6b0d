import { GoObject } from '../value.js';

/** A `complex128`: only literals such as `1+2i` make one. */
export class GoComplex extends GoObject {
  readonly type = 'complex128';
  readonly kind = 'complex128';

  constructor(
    readonly real: number,
    readonly imaginary: number,
  ) {
    super();
  }

  override isTrue(): boolean {
    return this.real !== 0 || this.imaginary !== 0;
  }
}
