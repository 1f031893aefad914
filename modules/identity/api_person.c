/*
 * All that there is of a person: showing it, and erasing it. Each step of an erasure may be done again; the account, by
 * which the rest is found, goes last.
 */
#include <string.h>

#include "address.h"
#include "api.h"
#include "factor.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/limits.h"

enum { MAILS_SHOWN_MAX = 2 * TS_SCAN_MAX };

/* ---- showing */

static void add_sessions(struct ts_call *call, const struct ts_page *page, Identity__Person *person)
{
    person->sessions = TS_NEW_ARRAY(call->arena, Identity__PersonSession *, page->count);
    for (size_t i = 0; i < page->count; i++) {
        const Identity__Session *session = (const Identity__Session *)page->docs[i].body;
        Identity__PersonSession *own = TS_NEW(call->arena, Identity__PersonSession);

        identity__person_session__init(own);
        own->id = session->id;
        own->has_created_at_ms = own->has_turned_at_ms = own->has_expires_at_ms = true;
        own->created_at_ms = session->created_at_ms;
        own->turned_at_ms = session->turned_at_ms;
        own->expires_at_ms = session->expires_at_ms;
        own->has_ended_at_ms = session->has_ended_at_ms;
        own->ended_at_ms = session->ended_at_ms;
        person->sessions[person->n_sessions++] = own;
    }
}

static Identity__PersonFactor *factor_add(struct ts_call *call, Identity__Person *person,
                                          Identity__PersonFactor__Kind kind, int64_t since_ms)
{
    Identity__PersonFactor *own = TS_NEW(call->arena, Identity__PersonFactor);

    identity__person_factor__init(own);
    own->has_kind = true;
    own->kind = kind;
    own->has_since_ms = since_ms != 0;
    own->since_ms = since_ms;
    person->factors[person->n_factors++] = own;
    return own;
}

static void add_passkeys(struct ts_call *call, const struct ts_page *page, Identity__Person *person)
{
    for (size_t i = 0; i < page->count; i++) {
        const Identity__Passkey *passkey = (const Identity__Passkey *)page->docs[i].body;
        Identity__PersonFactor *own =
            factor_add(call, person, IDENTITY__PERSON_FACTOR__KIND__PASSKEY, passkey->created_at_ms);

        own->name = passkey->name;
        own->has_used_at_ms = passkey->has_used_at_ms;
        own->used_at_ms = passkey->used_at_ms;
    }
}

static void add_identities(struct ts_call *call, const struct ts_page *page, Identity__Person *person)
{
    for (size_t i = 0; i < page->count; i++) {
        const Identity__ProviderIdentity *identity = (const Identity__ProviderIdentity *)page->docs[i].body;
        Identity__PersonFactor *own =
            factor_add(call, person, IDENTITY__PERSON_FACTOR__KIND__PROVIDER, identity->linked_at_ms);

        own->name = identity->provider;
        own->issuer = identity->issuer;
        own->subject = identity->subject;
    }
}

static int add_factors(struct ts_call *call, const Identity__Account *account, Identity__Person *person)
{
    const Identity__SecondFactor *factor = NULL;
    struct ts_page passkeys, identities;
    int64_t version;
    int r = store_get_factor(call, account->id, &factor, &version);

    r = r ? r : store_list_own(call, STORE_OWN_PASSKEYS, account->id, &passkeys);
    r = r ? r : store_list_own(call, STORE_OWN_IDENTITIES, account->id, &identities);
    if (r)
        return r;
    person->factors = TS_NEW_ARRAY(call->arena, Identity__PersonFactor *, passkeys.count + identities.count + 2);
    if (account->secret_password)
        (void)factor_add(call, person, IDENTITY__PERSON_FACTOR__KIND__PASSWORD, 0);
    if (factor_is_on(factor))
        (void)factor_add(call, person, IDENTITY__PERSON_FACTOR__KIND__TOTP, factor->since_ms);
    add_passkeys(call, &passkeys, person);
    add_identities(call, &identities, person);
    return 0;
}

static void add_mails(struct ts_call *call, const struct ts_page *page, bool named, Identity__Person *person)
{
    for (size_t i = 0; i < page->count && person->n_mails < MAILS_SHOWN_MAX; i++) {
        const Identity__Mail *mail = (const Identity__Mail *)page->docs[i].body;
        Identity__PersonMail *own = TS_NEW(call->arena, Identity__PersonMail);

        if (!named && mail->account_id && strcmp(mail->account_id, person->id) == 0)
            continue; /* it is there */
        identity__person_mail__init(own);
        own->id = mail->id;
        own->has_kind = own->has_created_at_ms = true;
        own->kind = mail->kind;
        own->email = mail->email;
        own->created_at_ms = mail->created_at_ms;
        own->has_used_at_ms = mail->has_used_at_ms;
        own->used_at_ms = mail->used_at_ms;
        own->language = mail->language;
        person->mails[person->n_mails++] = own;
    }
}

/* Those that name his account, and those that went to an address while it was his. */
static int find_mails(struct ts_call *call, Identity__Person *person)
{
    struct ts_page page;
    int r = store_list_own(call, STORE_OWN_MAILS, person->id, &page);

    person->mails = TS_NEW_ARRAY(call->arena, Identity__PersonMail *, MAILS_SHOWN_MAX);
    if (r == 0)
        add_mails(call, &page, /* named= */ true, person);
    for (size_t i = 0; i < person->n_addresses && r == 0; i++) {
        r = store_list_address_mails(call, person->addresses[i], &page);
        if (r == 0)
            add_mails(call, &page, /* named= */ false, person);
    }
    return r;
}

/* Where he is the only owner, an organizer would be nobody's without him. */
static void add_teams(struct ts_call *call, const Identity__Team *const *teams, size_t count,
                      Identity__ReadPersonReply *reply)
{
    Identity__Person *person = reply->person;

    person->teams = TS_NEW_ARRAY(call->arena, Identity__PersonTeam *, count);
    reply->only_owner_of = TS_NEW_ARRAY(call->arena, char *, count);
    for (size_t i = 0; i < count; i++) {
        Identity__PersonTeam *own = TS_NEW(call->arena, Identity__PersonTeam);

        identity__person_team__init(own);
        own->id = teams[i]->id;
        own->organizer_id = teams[i]->organizer_id;
        own->name = teams[i]->name;
        own->has_role = true;
        own->role = teams[i]->role;
        person->teams[person->n_teams++] = own;
        if (team_is_owners(teams[i]) && teams[i]->n_member_ids == 1)
            reply->only_owner_of[reply->n_only_owner_of++] = teams[i]->organizer_id;
    }
}

int read_person(struct ts_call *call, const Identity__ReadPersonRequest *request, Identity__ReadPersonReply *ret_reply)
{
    const Identity__Account *account = NULL;
    const Identity__Team **teams = NULL;
    struct ts_page sessions;
    Identity__Person *person;
    size_t team_count = 0;
    int64_t version;
    int r = store_get_account(call, request->account_id, &account, &version);

    if (r || !account)
        return r;
    r = store_list_own(call, STORE_OWN_SESSIONS, account->id, &sessions);
    r = r ? r : store_list_teams(call, NULL, account->id, &teams, &team_count);
    if (r)
        return r;
    person = TS_NEW(call->arena, Identity__Person);
    identity__person__init(person);
    person->id = account->id;
    person->email = account->email;
    person->name = account->name;
    person->language = account->language;
    person->organizer_id = account->organizer_id;
    person->asserted_email = account->asserted_email;
    person->has_created_at_ms = true;
    person->created_at_ms = account->created_at_ms;
    add_sessions(call, &sessions, person);
    ret_reply->person = person;
    add_teams(call, (const Identity__Team *const *)teams, team_count, ret_reply);
    r = address_list(call, account, person);
    r = r ? r : find_mails(call, person);
    return r ? r : add_factors(call, account, person);
}

/* ---- erasing */

/* Return: 0; STORE_CONFLICT: look again; a ts_error. */
static int team_leave(struct ts_call *call, const char *team_id, const char *account_id)
{
    const Identity__Team *before = NULL;
    Identity__Team team;
    int64_t version;
    int r = store_get_team(call, team_id, &before, &version);

    if (r || !before)
        return r;
    team = *before;
    team.n_member_ids = 0;
    team.member_ids = TS_NEW_ARRAY(call->arena, char *, before->n_member_ids);
    for (size_t i = 0; i < before->n_member_ids; i++) {
        if (strcmp(before->member_ids[i], account_id) != 0)
            team.member_ids[team.n_member_ids++] = before->member_ids[i];
    }
    if (team.n_member_ids == before->n_member_ids)
        return 0;
    if (team.n_member_ids == 0 && team_is_owners(before))
        return TS_EPRECONDITION; /* privacy has asked before: since then the other one left */
    return store_put_team(call, &team, version);
}

static int teams_leave(struct ts_call *call, const char *account_id)
{
    const Identity__Team **teams = NULL;
    size_t count = 0;
    int r = store_list_teams(call, NULL, account_id, &teams, &count);

    for (size_t i = 0; i < count && r == 0; i++) {
        r = STORE_CONFLICT;
        for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
            r = team_leave(call, teams[i]->id, account_id);
    }
    return r > 0 ? TS_EABORTED : r;
}

/* Mails to addresses that he gave up, too; the claims of those go last, by which they are found. */
static int addresses_erase(struct ts_call *call, const Identity__Account *account)
{
    Identity__Person person = IDENTITY__PERSON__INIT;
    int r = address_list(call, account, &person);

    for (size_t i = 0; i < person.n_addresses && r == 0; i++)
        r = store_erase_address_mails(call, person.addresses[i]);
    return r ? r : address_forget(call, account->id);
}

int erase_person(struct ts_call *call, const Identity__ErasePersonRequest *request,
                 Identity__ErasePersonReply *ret_reply)
{
    const Identity__Account *account = NULL;
    int64_t version;
    int r = store_get_account(call, request->account_id, &account, &version);

    (void)ret_reply; /* says nothing */
    if (r || !account)
        return r;
    r = teams_leave(call, account->id);
    r = r ? r : sessions_end(call, account->id);
    r = r ? r : store_erase_own(call, STORE_OWN_SESSIONS, account->id);
    r = r ? r : store_erase_own(call, STORE_OWN_PASSKEYS, account->id);
    r = r ? r : store_erase_own(call, STORE_OWN_IDENTITIES, account->id);
    r = r ? r : store_erase_own(call, STORE_OWN_MAILS, account->id);
    r = r ? r : addresses_erase(call, account);
    return r ? r : store_erase_account(call, account->id);
}
