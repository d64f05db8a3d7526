import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { borderline, bystander, type Caller, residents, strangers } from './matrix/callers.js';
import { ProbeModule } from './matrix/probe.module.js';
import { Probing } from './matrix/probing.js';
import { makeParcel, VocabularyModule, vocabulary } from './matrix/vocabulary.js';

describe('every word of the vocabulary, the product uses it or not', () => {
  let api: Api;
  let probing: Probing;
  let everybody: Caller[];
  beforeAll(async () => {
    api = await startApi({ modules: [ProbeModule, VocabularyModule] });
    api.clock.hold();
    await api.database.role(bystander, []);
    probing = new Probing(api, await api.person(), makeParcel);
    everybody = [...(await strangers(api)), ...(await residents(api))];
  });
  afterAll(async () => {
    process.stdout.write(`S30: ${probing.cells} cells of the vocabulary probed\n`);
    await api.close();
  });

  const named = vocabulary.map((route) => ({ name: route.path, route }));
  it.each(named)('S30 $name is reached by whom its decorators say, and by nobody else', async ({ route }) => {
    const wrong = await probing.all(route, [...everybody, ...(await borderline(api, route))]);
    expect(wrong).toEqual([]);
  });
});
