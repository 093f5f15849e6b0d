/** Cryptography the platform brings: Node's lies in engine/node/, a browser may bring its own. */
// eslint-disable-next-line typescript/no-empty-interface -- members come with the functions that need them
export interface CryptoProvider {}
