declare global {
  /**
   * The permissions there are: a feature adds its own by merging into this interface beside its declaration, so that
   * naming one that nobody declared is an error of the compiler.
   */
  interface GatehousePermissions {}
}

/** A permission's name, `action:resource`. */
export type PermissionName = Extract<keyof GatehousePermissions, string>;

/** Permissions with what holding one lets a person do. */
export type PermissionDeclarations = Readonly<Record<string, string>>;

const shape = /^[a-z]+:[a-z]+$/;

/** The permissions that the features declare, gathered at start. */
export class PermissionCatalogue {
  private readonly descriptions = new Map<string, string>();

  /** @throws Error when a name isn't `action:resource` or another feature declared it before. */
  add(declarations: PermissionDeclarations): void {
    for (const [name, description] of Object.entries(declarations)) {
      if (!shape.test(name)) throw new Error(`permission "${name}" must be written action:resource`);
      if (this.descriptions.has(name)) throw new Error(`permission "${name}" is declared twice`);
      this.descriptions.set(name, description);
    }
  }

  has(name: string): boolean {
    return this.descriptions.has(name);
  }

  names(): string[] {
    return [...this.descriptions.keys()].sort();
  }

  entries(): { name: string; description: string }[] {
    return this.names().map((name) => ({ name, description: this.descriptions.get(name) ?? '' }));
  }
}
