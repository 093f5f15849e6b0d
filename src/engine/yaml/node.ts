interface NodeBase {
  /** Line of the node's beginning, counted from 0. */
  line: number;
}

export interface ScalarNode extends NodeBase {
  kind: 'scalar';
  value: string;
  /** Long form (`tag:yaml.org,2002:int`), empty without a tag. */
  tag: string;
  /** A plain scalar without a tag: its type is guessed from its text. */
  implicit: boolean;
}

export interface SequenceNode extends NodeBase {
  kind: 'sequence';
  items: YamlNode[];
}

export interface MappingNode extends NodeBase {
  kind: 'mapping';
  entries: [key: YamlNode, value: YamlNode][];
}

export interface AliasNode extends NodeBase {
  kind: 'alias';
  name: string;
  target: ScalarNode | SequenceNode | MappingNode;
}

export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;
