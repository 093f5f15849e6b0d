/** Who sent a request. */
export interface Identity {
  /** Name of the person or machine; becomes the common name of the certificates it is given. */
  name: string;
  groups: readonly string[];
}

/** Group of those who run the installation: whoever holds a token of the token file. */
export const OPERATORS = 'berth:operators';
