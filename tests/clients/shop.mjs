/* A shop on the server under test: what the promoter, a buyer and the door do by mutations, for scripts that watch. */
import { OWNER_TOKEN } from './server.mjs';

/* Ask over HTTP. Return: the data. */
export async function ask(server, query, variables = {}, token = OWNER_TOKEN) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/* One mutation by its name; `token` is null for a buyer. Return: its payload. */
export async function mutate(server, name, selection, input, token = OWNER_TOKEN) {
  const type = name[0].toUpperCase() + name.slice(1) + 'Input';
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message } } }`;
  const payload = (await ask(server, query, { input }, token))[name];
  if (payload.userErrors.length) throw new Error(JSON.stringify(payload.userErrors));
  return payload;
}

/* A published event of `size` tickets. Return: {event, type, door}, ids. */
export async function openShop(server, slug, size) {
  const organizer = { slug, name: 'Fabrik', currency: 'EUR', timeZone: 'Europe/Berlin' };
  const organizerId = (await mutate(server, 'createOrganizer', 'organizer { id }', organizer)).organizer.id;
  const startsAt = '2099-06-01T18:00:00Z';
  const title = 'Opening';
  const made = await mutate(server, 'createEvent', 'event { id }', { organizerId, slug, title, startsAt });
  const eventId = made.event.id;
  const standing = { eventId, name: 'Standing', price: '25.00' };
  const type = (await mutate(server, 'createTicketType', 'ticketType { id }', standing)).ticketType.id;
  await mutate(server, 'createQuota', 'quota { id }', { eventId, name: 'Floor', size, ticketTypeIds: [type] });
  await mutate(server, 'publishEvent', 'event { id }', { eventId });
  const list = await mutate(server, 'createCheckInList', 'checkInList { id }', { eventId, name: 'Door' });
  return { event: eventId, type, door: list.checkInList.id };
}

export async function hold(server, shop, quantity) {
  const input = { eventId: shop.event, lines: [{ ticketTypeId: shop.type, quantity }] };
  return (await mutate(server, 'holdTickets', 'hold { token }', input, null)).hold;
}

export async function order(server, shop) {
  const { token } = await hold(server, shop, 1);
  const input = { holdToken: token, email: 'ada@example.org', name: 'Ada' };
  return (await mutate(server, 'placeOrder', 'order { id code secret }', input, null)).order;
}

export async function pay(server, { id, secret }) {
  const input = { orderId: id, secret, provider: 'sandbox', method: 'success' };
  await mutate(server, 'payOrder', 'order { status }', input, null);
}

/* A later one than the last: scans of one millisecond have no order. */
export async function scan(server, shop, gate) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  await mutate(server, 'checkIn', 'result', { listId: shop.door, qr: "nobody's", nonce: gate, gate });
}
