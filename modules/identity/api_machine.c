/*
 * Machines that ask on their own: API keys, and scanners at doors. Each is a principal like a user who is on one team;
 * its id is who asked. What it carries is its id and a MAC of it: nothing secret is kept, and a forged one costs no
 * look into the store. A device is paired by a code that is good once and for minutes, so that no key is ever typed or
 * seen.
 */
#include <string.h>

#include "api.h"
#include "guess.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/security.h"
#include "tessera/sign.h"
#include "tessera/text.h"
#include "token.h"

/* ---- views */

static void answer(struct ts_call *call, const Identity__Machine *machine, Identity__MachineReply *ret_reply)
{
    Identity__Machine *view = ts_memdup(call->arena, machine, sizeof(*machine));

    view->pairing_hash = NULL;
    ret_reply->machine = view;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, machine->organizer_id);
}

/* What its maker is told once: a key's token, a device's code; said again by the same key of idempotency, again. */
static void answer_made(struct ts_call *call, const Identity__Machine *machine, Identity__MachineReply *ret_reply)
{
    answer(call, machine, ret_reply);
    if (machine->kind == IDENTITY__MACHINE_KIND__API_KEY)
        ret_reply->token = machine_token_make(call, machine->id);
    else if (!machine->has_paired_at_ms)
        ret_reply->pairing_code = pairing_code_make(call, machine->id);
}

/* ---- making one */

/* Return: 0; TS_REFUSED; a ts_error. */
static int machine_check(struct ts_call *call, const Identity__Machine *machine, unsigned set)
{
    enum refusal refusal = REFUSAL_NONE;

    if (!ts_text_is_line(machine->name, TS_NAME_SIZE_MAX))
        refusal = REFUSAL_TEAM_NAME;
    else if (rights_check(set))
        refusal = REFUSAL_TEAM_RIGHTS;
    else if (machine->has_expires_at_ms && machine->expires_at_ms <= ts_now_ms(call))
        refusal = REFUSAL_KEY_EXPIRY;
    if (refusal)
        return refuse(call, refusal);
    return check_events(call, machine->organizer_id, machine->event_ids, machine->n_event_ids);
}

static int check_room(struct ts_call *call, const Identity__Machine *machine)
{
    const Identity__Machine **machines;
    size_t count;
    int r = store_list_machines(call, machine->organizer_id, &machines, &count);

    if (r)
        return r;
    return count < MACHINES_PER_ORGANIZER_MAX ? 0 : refuse(call, REFUSAL_MACHINES_FULL);
}

/* Insert it, or find what was made by this idempotency key. `operation` is its scope. */
static int machine_make(struct ts_call *call, const char *operation, const ProtobufCMessage *input,
                        Identity__Machine *machine, Identity__MachineReply *ret_reply)
{
    const char *id = ts_id_new(call, "key");
    const Identity__Machine *there = NULL;
    struct ts_write key;
    int64_t version;
    bool has_key;
    int r, found = ts_idem_find(call, operation, input, &id);

    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    r = found < 0 ? found : store_get_machine(call, id, &there, &version);
    if (r)
        return r;
    if (there) {
        answer_made(call, there, ret_reply);
        return 0;
    }
    r = check_room(call, machine);
    if (r)
        return r;
    machine->id = (char *)id;
    if (machine->kind == IDENTITY__MACHINE_KIND__DEVICE)
        machine->pairing_hash = (char *)pairing_hash(call, pairing_code_make(call, id));
    has_key = found == TS_IDEM_NEW && ts_idem_write(call, operation, input, id, &key);
    r = store_insert_machine(call, machine, has_key ? &key : NULL);
    if (r)
        return r > 0 ? TS_EABORTED : r;
    if (machine->kind == IDENTITY__MACHINE_KIND__API_KEY)
        ts_security(call, TS_SECURITY_KEY_MADE, machine->id); /* a device is one when it is paired */
    answer_made(call, machine, ret_reply);
    return 0;
}

static void machine_init(struct ts_call *call, Identity__Machine *machine, Identity__MachineKind kind,
                         char *organizer_id, const char *name)
{
    identity__machine__init(machine);
    machine->organizer_id = organizer_id;
    machine->has_kind = machine->has_created_at_ms = true;
    machine->kind = kind;
    machine->name = ts_text_trim(call->arena, name);
    machine->created_at_ms = ts_now_ms(call);
    machine->created_by = (char *)call->principal->id;
}

int create_api_key(struct ts_call *call, const Identity__CreateApiKeyRequest *request,
                   Identity__MachineReply *ret_reply)
{
    unsigned set = rights_set(request->rights, request->n_rights);
    Identity__Machine machine;
    int r = ts_require(call, TS_RIGHT_TEAMS, request->organizer_id, NULL);

    r = r ? r : check_organizer(call, request->organizer_id);
    if (r)
        return r;
    machine_init(call, &machine, IDENTITY__MACHINE_KIND__API_KEY, request->organizer_id, request->name);
    machine.n_rights = rights_list(call->arena, set, &machine.rights);
    machine.event_ids = request->event_ids;
    machine.n_event_ids = request->n_event_ids;
    machine.has_expires_at_ms = request->has_expires_at;
    machine.expires_at_ms = request->expires_at;
    r = machine_check(call, &machine, set);
    return r ? r : machine_make(call, "createApiKey", &request->base, &machine, ret_reply);
}

int create_device(struct ts_call *call, const Identity__CreateDeviceRequest *request, Identity__MachineReply *ret_reply)
{
    Identity__Machine machine;
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, NULL);

    r = r ? r : check_organizer(call, request->organizer_id);
    if (r)
        return r;
    machine_init(call, &machine, IDENTITY__MACHINE_KIND__DEVICE, request->organizer_id, request->name);
    machine.n_rights = rights_list(call->arena, TS_RIGHT_DOOR, &machine.rights);
    machine.event_ids = request->event_ids;
    machine.n_event_ids = request->n_event_ids;
    machine.has_pairing_until_ms = true;
    machine.pairing_until_ms = machine.created_at_ms + PAIRING_MS;
    r = machine_check(call, &machine, TS_RIGHT_DOOR);
    return r ? r : machine_make(call, "createDevice", &request->base, &machine, ret_reply);
}

/* ---- pairing */

/* By whoever has the code, once. */
int pair_device(struct ts_call *call, const Identity__PairDeviceRequest *request, Identity__MachineReply *ret_reply)
{
    const char *code = typed_code_read(call, request->code);
    const Identity__Machine *before = NULL;
    Identity__Machine machine;
    int64_t version, now_ms = ts_now_ms(call);
    int r = guess_charge(call, NULL);

    if (r == 0 && code)
        r = store_find_device(call, pairing_hash(call, code), &before, &version);
    if (r)
        return r;
    if (!before || before->has_paired_at_ms || before->has_revoked_at_ms || now_ms >= before->pairing_until_ms)
        return refuse(call, REFUSAL_PAIRING);
    machine = *before;
    machine.has_paired_at_ms = true;
    machine.paired_at_ms = now_ms;
    r = store_put_machine(call, &machine, version);
    if (r)
        return r > 0 ? refuse(call, REFUSAL_PAIRING) : r; /* another was faster */
    ts_security(call, TS_SECURITY_DEVICE_PAIRED, machine.id);
    answer(call, &machine, ret_reply);
    ret_reply->token = machine_token_make(call, machine.id);
    return 0;
}

/* ---- ending one */

static unsigned rights_over(const Identity__Machine *machine)
{
    return machine && machine->kind == IDENTITY__MACHINE_KIND__DEVICE ? TS_RIGHT_EVENTS : TS_RIGHT_TEAMS;
}

static int revoke_once(struct ts_call *call, const Identity__RevokeRequest *request, Identity__MachineReply *ret_reply)
{
    Identity__SessionEnded ended = IDENTITY__SESSION_ENDED__INIT;
    const Identity__Machine *before;
    Identity__Machine machine;
    int64_t version;
    int r = store_get_machine(call, request->id, &before, &version);

    r = r ? r : ts_require(call, rights_over(before), before ? before->organizer_id : "", NULL);
    if (r)
        return r;
    if (!before || before->kind != request->kind)
        return refuse(call,
                      request->kind == IDENTITY__MACHINE_KIND__DEVICE ? REFUSAL_DEVICE_UNKNOWN : REFUSAL_KEY_UNKNOWN);
    machine = *before;
    if (!machine.has_revoked_at_ms) {
        machine.has_revoked_at_ms = true;
        machine.revoked_at_ms = ts_now_ms(call);
        r = store_put_machine(call, &machine, version);
        if (r)
            return r;
        ts_security(
            call, machine.kind == IDENTITY__MACHINE_KIND__DEVICE ? TS_SECURITY_DEVICE_REVOKED : TS_SECURITY_KEY_REVOKED,
            machine.id);
    }
    ended.session_id = machine.id;
    ts_publish(call, &ended.base);
    answer(call, &machine, ret_reply);
    return 0;
}

static int revoke(struct ts_call *call, const Identity__RevokeRequest *request, Identity__MachineReply *ret_reply)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = revoke_once(call, request, ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

int revoke_api_key(struct ts_call *call, const Identity__RevokeApiKeyRequest *request,
                   Identity__MachineReply *ret_reply)
{
    Identity__RevokeRequest wish = IDENTITY__REVOKE_REQUEST__INIT;

    wish.id = request->api_key_id;
    wish.kind = IDENTITY__MACHINE_KIND__API_KEY;
    return revoke(call, &wish, ret_reply);
}

int revoke_device(struct ts_call *call, const Identity__RevokeDeviceRequest *request, Identity__MachineReply *ret_reply)
{
    Identity__RevokeRequest wish = IDENTITY__REVOKE_REQUEST__INIT;

    wish.id = request->device_id;
    wish.kind = IDENTITY__MACHINE_KIND__DEVICE;
    return revoke(call, &wish, ret_reply);
}

/* ---- for the gateway */

int check_key(struct ts_call *call, const Identity__CheckKeyRequest *request, Identity__CheckKeyReply *ret_reply)
{
    if (call->principal->kind != TS_PRINCIPAL_SYSTEM)
        return TS_EDENIED;
    ret_reply->id = (char *)machine_token_read(call, request->token);
    return 0;
}

/* When it was used: to the hour, so that not each look is a write. Whoever else writes it knows as well. */
static void note_use(struct ts_call *call, const Identity__Machine *before, int64_t version)
{
    Identity__Machine machine = *before;
    int64_t now_ms = ts_now_ms(call);

    if (before->has_used_at_ms && now_ms - before->used_at_ms < TS_HOUR_MS)
        return;
    machine.has_used_at_ms = true;
    machine.used_at_ms = now_ms;
    (void)store_put_machine(call, &machine, version); /* the next look notes it */
}

int machine_principal(struct ts_call *call, const char *id, Identity__GetPrincipalReply *ret_reply)
{
    const Identity__Machine *machine;
    Identity__TeamRights *rights;
    int64_t version;
    int r = store_get_machine(call, id, &machine, &version);

    if (r)
        return r;
    ret_reply->has_live = true;
    ret_reply->live = machine && machine_lives(machine, ts_now_ms(call));
    if (!ret_reply->live)
        return 0;
    ret_reply->account_id = machine->id;
    rights = team_rights_new(call, machine->organizer_id, rights_set(machine->rights, machine->n_rights),
                             machine->event_ids, machine->n_event_ids);
    ret_reply->teams = ts_memdup(call->arena, &rights, sizeof(Identity__TeamRights *));
    ret_reply->n_teams = 1;
    note_use(call, machine, version);
    return 0;
}

/* ---- joins */

int list_machines(struct ts_call *call, const Identity__OrganizerIdsRequest *request,
                  Identity__ListMachinesReply *ret_reply)
{
    ret_reply->organizers = TS_NEW_ARRAY(call->arena, Identity__OrganizerMachines *, request->n_organizer_ids);
    for (size_t i = 0; i < request->n_organizer_ids; i++) {
        Identity__OrganizerMachines *item = TS_NEW(call->arena, Identity__OrganizerMachines);
        const Identity__Machine **machines;
        size_t count;
        int r;

        if (!ts_sees(call, request->grant, TS_RIGHT_TEAMS | TS_RIGHT_EVENTS, request->organizer_ids[i], NULL)) {
            if (ts_is_of_many(request->grant))
                continue;
            return TS_EDENIED;
        }
        r = store_list_machines(call, request->organizer_ids[i], &machines, &count);
        if (r)
            return r;
        identity__organizer_machines__init(item);
        item->organizer_id = request->organizer_ids[i];
        item->api_keys = TS_NEW_ARRAY(call->arena, Identity__Machine *, count);
        item->devices = TS_NEW_ARRAY(call->arena, Identity__Machine *, count);
        for (size_t k = 0; k < count; k++) {
            if (machines[k]->kind == IDENTITY__MACHINE_KIND__API_KEY)
                item->api_keys[item->n_api_keys++] = (Identity__Machine *)machines[k];
            else
                item->devices[item->n_devices++] = (Identity__Machine *)machines[k];
        }
        ret_reply->organizers[ret_reply->n_organizers++] = item;
    }
    return 0;
}
