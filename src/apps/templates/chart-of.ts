/** A template's content as the chart it is. */
import { type Chart, ChartFile, loadChart } from '../../engine/index.js';
import { nodeLoadOptions } from '../../engine/node/index.js';
import type { TemplateContent, TemplateFile } from '../../model/template.js';

/** Parsed once for each content: contents of versions are shared and never change. */
const charts = new WeakMap<TemplateContent, Chart>();

/** @throws TemplateError ChartInvalid */
export function chartOf(content: TemplateContent): Chart {
  const known = charts.get(content);
  if (known) return known;
  const chart = loadChart(content.files.map(chartFile), nodeLoadOptions);
  charts.set(content, chart);
  return chart;
}

export function bytesOf({ text, base64 }: TemplateFile): Uint8Array {
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
}

function chartFile(file: TemplateFile): ChartFile {
  return new ChartFile(file.path, new Uint8Array(bytesOf(file)));
}
