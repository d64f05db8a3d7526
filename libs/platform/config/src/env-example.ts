import { z } from 'zod';
import { variables } from './variables.js';

/** The text of `.env.example`: every variable with its documentation and default, commented out. */
export function envExample(): string {
  const entries = Object.entries(variables).map(([name, type]) => {
    const fallback = defaultOf(type);
    return `# ${type.description ?? ''}\n# ${name}=${fallback}\n`;
  });
  return `# Every variable is optional in development; production says at start which ones it lacks.\n# Printed from the schema by \`npm run generate\`.\n\n${entries.join('\n')}`;
}

function defaultOf(type: z.ZodType): string {
  // A JSON schema of what goes in carries the default as it would be written.
  const { default: fallback } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
  return fallback === undefined ? '' : String(fallback);
}
