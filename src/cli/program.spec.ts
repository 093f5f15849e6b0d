import { describe, expect, it } from '@jest/globals';
import { createContext } from './context.js';
import { createProgram, withKubernetesVersion } from './program.js';

const program = createProgram(createContext({}, process.stdout, process.stderr), '0.0.0');

describe('--version', () => {
  it.each([
    ['alone is the version of Berth', '--version', '--version'],
    ['before a command is the version of Berth', '-q --version cluster list', '-q --version cluster list'],
    [
      'after a command is a Kubernetes version',
      'cluster create demo --version 1.36.3',
      'cluster create demo --kubernetes-version 1.36.3',
    ],
    [
      'may hold its value',
      '-o json node add demo --version=1.36.3',
      '-o json node add demo --kubernetes-version=1.36.3',
    ],
    ['is not mistaken for --versions', 'up --versions 1.36.3', 'up --versions 1.36.3'],
    ['is left alone after --', 'cluster create -- --version', 'cluster create -- --version'],
  ])('%s', (_what, typed, read) => {
    expect(withKubernetesVersion(program, typed.split(' '))).toEqual(read.split(' '));
  });
});
