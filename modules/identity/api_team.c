/*
 * Teams: what an organizer's people may do. The owners' team is one document under the organizer's own suffix, so that
 * there is one, and that its last member stays is decided by one put. All rights are in it; TEAMS, with which one could
 * give oneself any other, is in no other.
 */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/security.h"
#include "tessera/text.h"

static void tell(struct ts_call *call, const char *account_id)
{
    Identity__RightsChanged changed = IDENTITY__RIGHTS_CHANGED__INIT;

    changed.account_id = (char *)account_id;
    ts_publish(call, &changed.base);
    ts_security(call, TS_SECURITY_RIGHTS_CHANGED, account_id);
}

static int answer(struct ts_call *call, const Identity__Team *team, Identity__TeamReply *ret_reply)
{
    ret_reply->team = ts_memdup(call->arena, team, sizeof(*team));
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, team->organizer_id);
    return 0;
}

/* The team, for who may say who is on it. Return: 0; TS_REFUSED; a ts_error. */
static int team_for_owner(struct ts_call *call, const char *id, const Identity__Team **ret_team, int64_t *ret_version)
{
    const Identity__Team *team;
    int r = store_get_team(call, id, &team, ret_version);

    if (r)
        return r;
    r = ts_require(call, TS_RIGHT_TEAMS, team ? team->organizer_id : "", NULL);
    if (r)
        return r;
    *ret_team = team;
    return team ? 0 : refuse(call, REFUSAL_TEAM_UNKNOWN);
}

/* ---- what is said of a team */

int check_events(struct ts_call *call, const char *organizer_id, char **ids, size_t count)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetEventsReply *reply;
    int r;

    if (count == 0)
        return 0;
    if (count > TEAM_EVENTS_MAX)
        return refuse(call, REFUSAL_TEAM_EVENTS);
    request.ids = ids;
    request.n_ids = count;
    r = catalog_get_events_as_system(call, &request, &reply);
    if (r)
        return r;
    if (reply->n_events != count)
        return refuse(call, REFUSAL_TEAM_EVENTS);
    for (size_t i = 0; i < count; i++)
        if (strcmp(reply->events[i]->organizer_id, organizer_id) != 0)
            return refuse(call, REFUSAL_TEAM_EVENTS);
    return 0;
}

int check_organizer(struct ts_call *call, char *id)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetOrganizersReply *reply;
    int r;

    if (!ts_id_is(id, "org"))
        return refuse(call, REFUSAL_ORGANIZER_UNKNOWN);
    request.ids = &id;
    request.n_ids = 1;
    r = catalog_get_organizers(call, &request, &reply);
    if (r)
        return r;
    return reply->n_organizers ? 0 : refuse(call, REFUSAL_ORGANIZER_UNKNOWN);
}

static enum refusal name_check(const char *name)
{
    return ts_text_is_line(name, TS_NAME_SIZE_MAX) ? REFUSAL_NONE : REFUSAL_TEAM_NAME;
}

/* ---- making one */

/* The team that is asked for; its rights are checked. Return: 0; TS_REFUSED; a ts_error. */
static int team_wish(struct ts_call *call, const Identity__CreateTeamRequest *request, Identity__Team *ret_team)
{
    bool is_owners = request->role == IDENTITY__ROLE__OWNER;
    unsigned set = request->set_rights ? rights_set(request->rights, request->n_rights) : role_rights(request->role);
    enum refusal refusal;

    identity__team__init(ret_team);
    ret_team->organizer_id = request->organizer_id;
    ret_team->name = ts_text_trim(call->arena, request->name);
    ret_team->has_role = ret_team->has_created_at_ms = true;
    ret_team->role = request->role;
    ret_team->created_at_ms = ts_now_ms(call);
    ret_team->event_ids = request->event_ids;
    ret_team->n_event_ids = request->n_event_ids;
    ret_team->n_rights = rights_list(call->arena, set, &ret_team->rights);
    refusal = name_check(ret_team->name);
    if (!refusal && is_owners && (request->set_rights || request->n_event_ids))
        refusal = REFUSAL_OWNERS_FIXED;
    if (!refusal && !is_owners)
        refusal = rights_check(set);
    if (refusal)
        return refuse(call, refusal);
    return check_events(call, request->organizer_id, request->event_ids, request->n_event_ids);
}

static int check_room(struct ts_call *call, const char *organizer_id)
{
    const Identity__Team **teams;
    size_t count;
    int r = store_list_teams(call, organizer_id, NULL, &teams, &count);

    if (r)
        return r;
    return count < TEAMS_PER_ORGANIZER_MAX ? 0 : refuse(call, REFUSAL_TEAMS_FULL);
}

int create_team(struct ts_call *call, const Identity__CreateTeamRequest *request, Identity__TeamReply *ret_reply)
{
    bool is_owners = request->role == IDENTITY__ROLE__OWNER;
    const Identity__Team *there;
    Identity__Team team;
    struct ts_write key;
    const char *id;
    int64_t version;
    bool has_key;
    int found, r = ts_require(call, TS_RIGHT_TEAMS, request->organizer_id, NULL);

    r = r ? r : check_organizer(call, request->organizer_id);
    r = r ? r : team_wish(call, request, &team);
    if (r)
        return r;
    id = is_owners ? ts_id_sibling(call, request->organizer_id, "tea") : ts_id_new(call, "tea");
    found = ts_idem_find(call, "createTeam", &request->base, &id);
    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    r = found < 0 ? found : store_get_team(call, id, &there, &version);
    if (r)
        return r;
    if (there)
        return found == TS_IDEM_FOUND ? answer(call, there, ret_reply) : refuse(call, REFUSAL_OWNERS_THERE);
    r = check_room(call, request->organizer_id);
    if (r)
        return r;
    team.id = (char *)id;
    has_key = found == TS_IDEM_NEW && ts_idem_write(call, "createTeam", &request->base, id, &key);
    r = store_insert_team(call, &team, has_key ? &key : NULL);
    if (r == STORE_CONFLICT)
        return is_owners ? refuse(call, REFUSAL_OWNERS_THERE) : TS_EABORTED;
    return r ? r : answer(call, &team, ret_reply);
}

/* ---- changing one */

/* Return: 0 and the team as it is to be; TS_REFUSED; a ts_error. */
static int team_apply(struct ts_call *call, const Identity__UpdateTeamRequest *request, Identity__Team *team)
{
    enum refusal refusal = REFUSAL_NONE;

    if (team_is_owners(team) && (request->set_rights || request->set_event_ids))
        return refuse(call, REFUSAL_OWNERS_FIXED);
    if (request->name)
        team->name = ts_text_trim(call->arena, request->name);
    if (request->set_rights) {
        unsigned set = rights_set(request->rights, request->n_rights);

        refusal = rights_check(set);
        team->n_rights = rights_list(call->arena, set, &team->rights);
    }
    refusal = refusal ? refusal : name_check(team->name);
    if (refusal)
        return refuse(call, refusal);
    if (!request->set_event_ids)
        return 0;
    team->event_ids = request->event_ids;
    team->n_event_ids = request->n_event_ids;
    return check_events(call, team->organizer_id, team->event_ids, team->n_event_ids);
}

static int update_once(struct ts_call *call, const Identity__UpdateTeamRequest *request, Identity__TeamReply *ret_reply)
{
    const Identity__Team *before;
    Identity__Team team;
    int64_t version;
    int r = team_for_owner(call, request->team_id, &before, &version);

    if (r)
        return r;
    team = *before;
    r = team_apply(call, request, &team);
    r = r ? r : store_put_team(call, &team, version);
    if (r)
        return r;
    for (size_t i = 0; i < team.n_member_ids; i++)
        tell(call, team.member_ids[i]);
    return answer(call, &team, ret_reply);
}

int update_team(struct ts_call *call, const Identity__UpdateTeamRequest *request, Identity__TeamReply *ret_reply)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = update_once(call, request, ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* ---- members */

/* A copy of the team with another list of members: without `leaves` and with `comes`, either of which may be NULL. */
static Identity__Team with_members(struct ts_call *call, const Identity__Team *before, const char *leaves,
                                   const char *comes)
{
    Identity__Team team = *before;

    team.member_ids = TS_NEW_ARRAY(call->arena, char *, before->n_member_ids + 1);
    team.n_member_ids = 0;
    for (size_t i = 0; i < before->n_member_ids; i++)
        if (!leaves || strcmp(before->member_ids[i], leaves) != 0)
            team.member_ids[team.n_member_ids++] = before->member_ids[i];
    if (comes && !team_has(&team, comes))
        team.member_ids[team.n_member_ids++] = (char *)comes;
    return team;
}

int team_join(struct ts_call *call, const char *team_id, const char *account_id, Identity__TeamReply *ret_reply)
{
    const Identity__Team **teams;
    size_t count;
    int r = store_list_teams(call, NULL, account_id, &teams, &count);

    if (r)
        return r;
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        const Identity__Team *before;
        Identity__Team team;
        int64_t version;

        r = store_get_team(call, team_id, &before, &version);
        if (r || !before)
            return r ? r : refuse(call, REFUSAL_TEAM_UNKNOWN);
        if (team_has(before, account_id))
            return answer(call, before, ret_reply);
        if (count >= TEAMS_PER_ACCOUNT_MAX || before->n_member_ids >= TEAM_MEMBERS_MAX)
            return refuse(call, count >= TEAMS_PER_ACCOUNT_MAX ? REFUSAL_ACCOUNT_FULL : REFUSAL_TEAM_FULL);
        team = with_members(call, before, NULL, account_id);
        r = store_put_team(call, &team, version);
        if (r == 0) {
            tell(call, account_id);
            return answer(call, &team, ret_reply);
        }
        if (r < 0)
            return r;
    }
    return TS_EABORTED;
}

/* Who may take somebody off a team: himself, and who says who is on it. */
static int leave_require(struct ts_call *call, const Identity__Team *team, const char *account_id)
{
    if (team && account_id && strcmp(call->principal->id, account_id) == 0 && team_has(team, account_id))
        return 0;
    return ts_require(call, TS_RIGHT_TEAMS, team ? team->organizer_id : "", NULL);
}

static int remove_once(struct ts_call *call, const Identity__RemoveMemberRequest *request,
                       Identity__TeamReply *ret_reply)
{
    const Identity__Team *before;
    Identity__Team team;
    enum refusal refusal;
    int64_t version;
    int r = store_get_team(call, request->team_id, &before, &version);

    r = r ? r : leave_require(call, before, request->account_id);
    if (r)
        return r;
    refusal = before ? member_leaves_check(before, request->account_id) : REFUSAL_TEAM_UNKNOWN;
    if (refusal)
        return refuse(call, refusal);
    team = with_members(call, before, request->account_id, NULL);
    r = store_put_team(call, &team, version);
    if (r)
        return r;
    tell(call, request->account_id);
    return answer(call, &team, ret_reply);
}

int remove_member(struct ts_call *call, const Identity__RemoveMemberRequest *request, Identity__TeamReply *ret_reply)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = remove_once(call, request, ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* ---- ownership */

/* Is he on any of the organizer's teams? Then he has said yes to it once. */
static int check_successor(struct ts_call *call, const char *organizer_id, const char *account_id)
{
    const Identity__Team **teams;
    size_t count;
    int r = store_list_teams(call, organizer_id, NULL, &teams, &count);

    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        if (team_has(teams[i], account_id))
            return 0;
    return refuse(call, REFUSAL_MEMBER_UNKNOWN);
}

static int transfer_once(struct ts_call *call, const Identity__TransferOwnershipRequest *request, const char *team_id,
                         Identity__TeamReply *ret_reply)
{
    const Identity__Team *before;
    Identity__Team team;
    int64_t version;
    int r = store_get_team(call, team_id, &before, &version);

    if (r || !before)
        return r ? r : refuse(call, REFUSAL_TEAM_UNKNOWN);
    if (strcmp(call->principal->id, request->account_id) == 0)
        return answer(call, before, ret_reply); /* his already */
    team = with_members(call, before, call->principal->id, request->account_id);
    r = store_put_team(call, &team, version);
    if (r)
        return r;
    tell(call, call->principal->id);
    tell(call, request->account_id);
    return answer(call, &team, ret_reply);
}

int transfer_ownership(struct ts_call *call, const Identity__TransferOwnershipRequest *request,
                       Identity__TeamReply *ret_reply)
{
    int r = ts_require(call, TS_RIGHT_TEAMS, request->organizer_id, NULL);

    r = r ? r : check_organizer(call, request->organizer_id);
    r = r ? r : check_successor(call, request->organizer_id, request->account_id);
    if (r)
        return r;
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = transfer_once(call, request, ts_id_sibling(call, request->organizer_id, "tea"), ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* ---- joins */

int list_teams(struct ts_call *call, const Identity__OrganizerIdsRequest *request, Identity__ListTeamsReply *ret_reply)
{
    ret_reply->organizers = TS_NEW_ARRAY(call->arena, Identity__OrganizerTeams *, request->n_organizer_ids);
    for (size_t i = 0; i < request->n_organizer_ids; i++) {
        Identity__OrganizerTeams *item = TS_NEW(call->arena, Identity__OrganizerTeams);
        const Identity__Team **teams;
        int r;

        if (!ts_sees(call, request->grant, TS_RIGHT_TEAMS, request->organizer_ids[i], NULL)) {
            if (ts_is_of_many(request->grant))
                continue;
            return TS_EDENIED;
        }
        identity__organizer_teams__init(item);
        item->organizer_id = request->organizer_ids[i];
        r = store_list_teams(call, request->organizer_ids[i], NULL, &teams, &item->n_teams);
        if (r)
            return r;
        item->teams = (Identity__Team **)teams;
        ret_reply->organizers[ret_reply->n_organizers++] = item;
    }
    return 0;
}

static int member_view(struct ts_call *call, char *account_id, Identity__Member **ret_member)
{
    const Identity__Account *account;
    int64_t version;
    int r = store_get_account(call, account_id, &account, &version);

    if (r)
        return r;
    *ret_member = TS_NEW(call->arena, Identity__Member);
    identity__member__init(*ret_member);
    (*ret_member)->account_id = account_id;
    /* erased: a member without a name */
    (*ret_member)->email = account ? account->organizer_id ? account->asserted_email : account->email : NULL;
    (*ret_member)->name = account ? account->name : NULL;
    return 0;
}

int list_members(struct ts_call *call, const Identity__TeamIdsRequest *request, Identity__ListMembersReply *ret_reply)
{
    ret_reply->teams = TS_NEW_ARRAY(call->arena, Identity__TeamMembers *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Identity__TeamMembers *item = TS_NEW(call->arena, Identity__TeamMembers);
        const Identity__Team *team;
        int64_t version;
        int r = store_get_team(call, request->ids[i], &team, &version);

        if (r)
            return r;
        if (!team || !ts_sees(call, request->grant, TS_RIGHT_TEAMS, team->organizer_id, NULL))
            return TS_EDENIED;
        identity__team_members__init(item);
        item->team_id = request->ids[i];
        item->members = TS_NEW_ARRAY(call->arena, Identity__Member *, team->n_member_ids);
        for (; item->n_members < team->n_member_ids; item->n_members++) {
            r = member_view(call, team->member_ids[item->n_members], &item->members[item->n_members]);
            if (r)
                return r;
        }
        ret_reply->teams[ret_reply->n_teams++] = item;
    }
    return 0;
}
