/*
 * GraphiQL for the server that serves it: queries go to /graphql by POST, subscriptions by graphql-transport-ws. What
 * stands in the headers editor (Authorization, x-tessera-trace) is sent along; a socket gets it as connection parameters.
 */
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import './page.css';

/* Names that the build gave the workers. */
const workers = WORKERS;

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`/graphiql/${workers[label] ?? workers.editor}`),
};

const welcome = `# Ctrl-Enter runs it, Ctrl-Space completes.
# The owner writes under Headers:
# {
#   "Authorization": "Bearer TOKEN",
#   "x-tessera-trace": "1"
# }
# With the second, answers show their cost.

query Events {
  events(first: 5) {
    nodes {
      title
      startsAt
      ticketTypes {
        name
        price { amount currency }
        availability
      }
    }
  }
}
`;

const url = new URL('/graphql', location.href);
const fetcher = createGraphiQLFetcher({
  url: url.href,
  subscriptionUrl: Object.assign(new URL(url), { protocol: url.protocol.replace('http', 'ws') }).href,
  enableIncrementalDelivery: false,
});

/* A link may bring its operation along, as a GET request would: /graphql?query=…&variables=… */
const link = new URLSearchParams(location.search);

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={welcome}
    initialQuery={link.get('query') ?? undefined}
    initialVariables={link.get('variables') ?? undefined}
    defaultEditorToolsVisibility="headers"
  />,
);
