/** Rendered services as people may see them: secrets are masked. Pure. */
import { toYaml } from '../../core/yaml.js';
import type { TemplateContent } from '../../model/template.js';
import type { ConfigValues } from '../configs/values.js';
import { redact, traceService } from './render.js';

const NOTHING: ConfigValues = { config: '', version: 0, keys: [] };

export interface Preview {
  name: string;
  digest: string;
  /** The objects as YAML documents. */
  text: string;
}

/** Throws what `renderService` throws. */
export function renderMasked(
  content: TemplateContent,
  service: string,
  config: ConfigValues = NOTHING,
  release: { name: string; namespace: string },
): Preview {
  const traced = traceService(content, service, config, { release, seed: 'preview', now: 0 });
  const text = traced.objects.map((object) => toYaml(object)).join('---\n');
  return { name: service, digest: traced.digest, text: redact(text, traced.secrets) };
}
