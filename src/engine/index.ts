/**
 * The template engine of Berth: Helm's language, functions and charts, as of Helm 3.22 (4.x has the same language).
 * It imports nothing of Berth's and runs in browsers; what needs Node lies in node/.
 *
 * Whole charts: `loadChart`, `renderChart`, `formatManifests`; what they use and make: `analyzeChart`,
 * `traceChart`. Single texts: `TemplateSet` with `helmFunctionMap`, `Evaluator`, `variables`.
 */
export { fromBytes, toBytes } from './bytes.js';
export { type Analysis, analyze, type Entry, variables } from './analysis/analyze.js';
export { analyzeChart, traceChart, type TraceChartOptions, type TracedChart } from './analysis/chart.js';
export type { TemplateVariable, ValueType } from './analysis/evidence.js';
export {
  type PreviewLine,
  previewLines,
  type SecretRange,
  secretRanges,
  type TracedText,
} from './analysis/preview.js';
export type { KeyPath, KeyRead, ReadKind, ReadSet } from './analysis/read-set.js';
export { Trace, type TraceOptions } from './analysis/trace.js';
export { type CapabilitiesOptions, HELM_VERSION, KNOWN_API_VERSIONS } from './chart/capabilities.js';
export { type Chart, ChartFile } from './chart/chart.js';
export { compareKinds, INSTALL_ORDER, UNINSTALL_ORDER } from './chart/kind-order.js';
export { readArchive } from './chart/archive.js';
export { loadChart, loadChartArchive, type LoadOptions, readValues } from './chart/load.js';
export {
  type Hook,
  type HookEvent,
  type Manifest,
  type ManifestHead,
  sortManifests,
  splitDocuments,
} from './chart/manifests.js';
export type { Dependency, Maintainer, Metadata } from './chart/metadata.js';
export {
  type ChartRenderOptions,
  type CrdFile,
  formatManifests,
  prepareChart,
  type PreparedChart,
  renderChart,
  type RenderedChart,
} from './chart/render.js';
export { type SetMode, setValues } from './chart/set-values.js';
export type { ReleaseOptions } from './chart/template-data.js';
export { mergeValueFiles, type Table } from './chart/values.js';
export type { CryptoProvider, KeyKind, SignatureAlgorithm } from './crypto-provider.js';
export type { Environment } from './environment.js';
export { type Position, TemplateError, type TemplateErrorCode } from './errors.js';
export { helmFunctionMap } from './functions/index.js';
export { type BudgetLimits, DEFAULT_LIMITS, RenderBudget } from './language/budget.js';
export { Evaluator } from './language/evaluator.js';
export type { EvaluatorOptions } from './language/execution-state.js';
export type { Template } from './language/ast.js';
export { parse } from './language/parser.js';
export { type MissingKey, TemplateSet, type TemplateSetOptions } from './language/template-set.js';
export { type RepeatableOptions, repeatableEnvironment } from './repeatable.js';
export { fromPlain, toPlain, type Value } from './value.js';
export { parseYaml } from './yaml/decode.js';
export { GoRegexp } from './regex/go-regexp.js';
