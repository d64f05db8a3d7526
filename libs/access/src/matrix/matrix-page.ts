import type { AccessMatrix, MatrixRoute } from './access-matrix.js';

const marks = { yes: 'yes', own: 'own', no: '·' } as const;

/** The matrix as a table that is read as it is and as Markdown alike. */
export function matrixTable({ routes, roles }: Pick<AccessMatrix, 'routes' | 'roles'>): string {
  const names = roles.map(({ name }) => name);
  const head = ['method', 'path', 'who may', 'anonymous', ...names, 'limit', 'audited'];
  const rows = routes.map((route) => [
    route.method,
    route.path,
    route.who,
    marks[route.public ? 'yes' : 'no'],
    ...names.map((name) => marks[route.may[name] ?? 'no']),
    route.limit,
    route.audited.join(', ') || marks.no,
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The whole of `docs/access-matrix.md`. */
export function matrixPage(matrix: AccessMatrix): string {
  const holdings = matrix.roles.map(
    ({ name, permissions }) =>
      `- **${name}**: ${name === 'admin' ? 'every permission' : permissions.join(', ') || 'none'}`,
  );
  return `# Who may call what

Written by \`npm run generate\` from the policies that the server enforces, and compared by \`npm run check\`: a change of
who may reach what shows up here. \`test/security/matrix.spec.ts\` probes every cell of
[access-matrix.json](access-matrix.json) over HTTP. How to read it is told in [access.md](access.md).

${matrixTable(matrix)}

Audited resources: ${matrix.auditedResources.join(', ')}. Open without a handler: ${matrix.open.join(', ') || 'nothing'}.

## What the roles hold

${holdings.join('\n')}
`;
}

/** Which rows and columns of the matrix to show. */
export interface MatrixFilter {
  /** Only what this role may call, and its column alone. */
  readonly role?: string | undefined;
  /** Only what lies at or below this path. */
  readonly path?: string | undefined;
}

/** The part of the matrix that the filter asks for. */
export function filtered(matrix: AccessMatrix, { role, path }: MatrixFilter): AccessMatrix {
  const below = (route: MatrixRoute) =>
    path === undefined || route.path === path || route.path.startsWith(withSlash(path));
  const open = (route: MatrixRoute) => role === undefined || (route.may[role] ?? 'no') !== 'no';
  const may = (route: MatrixRoute) =>
    role === undefined ? route : { ...route, may: { [role]: route.may[role] ?? ('no' as const) } };
  return {
    ...matrix,
    roles: matrix.roles.filter(({ name }) => role === undefined || name === role),
    routes: matrix.routes.filter((route) => below(route) && open(route)).map(may),
  };
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
