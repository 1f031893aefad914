/*
 * GraphQL over HTTP: every server audit of the package graphql-http, one case each; none is waived, whether it says
 * MUST, SHOULD or MAY.
 */
import assert from 'node:assert';
import { serverAudits } from 'graphql-http';
import { runCases } from './report.mjs';
import { startServer } from './server.mjs';

const AUDITS_KNOWN = 61;

const server = await startServer(process.argv[2]);
const audits = serverAudits({ url: server.url });
const cases = audits.map((audit) => [
  `audit_${audit.id}`,
  async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', `${audit.name}: ${result.reason}`);
  },
]);
cases.push(['audits_are_all_there', async () => assert.equal(audits.length, AUDITS_KNOWN)]);
await runCases(cases);
await server.stop();
