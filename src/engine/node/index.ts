/** What the engine needs of Node: charts from the file system, cryptography, real chance and time. */
export { loadChartFrom, nodeLoadOptions, readFolder } from './load-chart.js';
export { nodeCrypto } from './node-crypto.js';
export { nodeEnvironment } from './node-environment.js';
