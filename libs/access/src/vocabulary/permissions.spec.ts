import { describe, expect, it } from 'vitest';
import { PermissionCatalogue } from './permissions.js';

function catalogueOf(...declarations: Record<string, string>[]) {
  const catalogue = new PermissionCatalogue();
  for (const one of declarations) catalogue.add(one);
  return catalogue;
}

describe('PermissionCatalogue', () => {
  it('gathers what the features declare, sorted by name, with what each lets a person do', () => {
    const catalogue = catalogueOf({ 'write:thing': 'Change it', 'read:thing': 'See it' }, { 'list:thing': 'List all' });
    expect(catalogue.names()).toEqual(['list:thing', 'read:thing', 'write:thing']);
    expect(catalogue.entries()).toEqual([
      { name: 'list:thing', description: 'List all' },
      { name: 'read:thing', description: 'See it' },
      { name: 'write:thing', description: 'Change it' },
    ]);
  });

  it('has what was declared and nothing else', () => {
    const catalogue = catalogueOf({ 'read:thing': '' });
    expect([catalogue.has('read:thing'), catalogue.has('write:thing')]).toEqual([true, false]);
  });

  it.each([
    'read',
    'Read:thing',
    'read:Thing',
    'read:thing ',
    'read:thing:all',
    ':thing',
    'read:',
    'read:thing2',
    '2read:thing',
  ])('refuses "%s", which is not action:resource', (name) => {
    expect(() => catalogueOf({ [name]: '' })).toThrow(`permission "${name}" must be written action:resource`);
  });

  it('refuses a name that two features declare', () => {
    expect(() => catalogueOf({ 'read:thing': 'a' }, { 'read:thing': 'b' })).toThrow(
      'permission "read:thing" is declared twice',
    );
  });
});
