import { parseArgs } from 'node:util';
import { FirstAdminService } from '@gatehouse/features/auth';
import { RequestContext } from '@gatehouse/platform/context';
import { Problem } from '@gatehouse/platform/http';
import { runCommand, StartError } from '@gatehouse/platform/runtime';
import { v7 as uuidv7 } from 'uuid';
import { application } from '../application.js';

const usage = 'user create-admin --email ada@example.com --name "Ada Lovelace"';

/** Makes the first admin and prints the token that sets their password: `user create-admin --email … --name …`. */
export function user(parameters: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const { positionals, values } = parseArgs({
      args: [...parameters],
      options: { email: { type: 'string' }, name: { type: 'string' } },
      allowPositionals: true,
    });
    const { email, name } = values;
    if (positionals.join() !== 'create-admin' || email === undefined || name === undefined)
      throw new StartError(`Usage: ${usage}`);
    const app = await application(runtime, own);
    const token = await app
      .get(RequestContext)
      .run({ requestId: uuidv7(), process: 'user create-admin' }, () =>
        app.get(FirstAdminService, { strict: false }).create({ email, name }),
      )
      .catch(refusal);
    // Printed and not mailed: whoever runs this has proved to be the operator, the address has proved nothing yet.
    process.stdout.write(
      `${email} is the first admin. Within the hour and once, this sets the password:
${runtime.configuration.PUBLIC_URL}/reset-password#token=${token}
or POST /api/auth/password/reset with the token and a password:
${token}
`,
    );
  });
}

function refusal(error: unknown): never {
  if (!(error instanceof Problem)) throw error;
  const fields = error.details.errors?.map(({ field, message }) => `--${field} ${message}`);
  throw new StartError(fields?.join(', ') ?? error.message);
}
