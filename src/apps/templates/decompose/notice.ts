/** Something that could not be done as one would wish, and what was done instead. */
export interface Notice {
  /** `templates/all.yaml:12` */
  place: string;
  code: 'NotSplit' | 'NotRendered' | 'Hook' | 'RenderFailed' | 'SecretInValues';
  message: string;
}
