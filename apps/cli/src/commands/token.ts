import { SessionsService } from '@gatehouse/features/auth';
import { DemoService } from '@gatehouse/features/demo';
import { UsersService } from '@gatehouse/features/users';
import { RequestContext } from '@gatehouse/platform/context';
import { runCommand, StartError } from '@gatehouse/platform/runtime';
import { v7 as uuidv7 } from 'uuid';
import { application } from '../application.js';

/** Prints an access token of a demo persona: `token manager`. Development only, as personas are. */
export function token([role = '']: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const { configuration } = runtime;
    if (configuration.NODE_ENV !== 'development')
      throw new StartError('Personas exist in development only: sign in with POST /api/auth/login');
    const app = await application(runtime, own);
    const personas = await app.get(DemoService, { strict: false }).personas();
    if (personas === undefined)
      throw new StartError(`There are no personas in ${configuration.DATA_DIR} yet: run \`npm start\` once`);
    const persona = personas.find((one) => one.role === role);
    if (persona === undefined)
      throw new StartError(`There is no persona "${role}": ${personas.map((one) => one.role).join(', ')}`);
    const user = await app.get(UsersService, { strict: false }).findByEmail(persona.email);
    if (user === null)
      throw new StartError(`${persona.email} is not in this database: delete ${configuration.DATA_DIR} to begin anew`);
    const sessions = app.get(SessionsService, { strict: false });
    const { accessToken } = await app
      .get(RequestContext)
      .run({ requestId: uuidv7(), process: 'token' }, () =>
        sessions.begin({ userId: user.id, methods: ['password'], secondFactor: false }),
      );
    process.stdout.write(`${accessToken}\n`);
  });
}
