/* What the files of this module share: its state, the handlers, and what goes on behind them. */
#ifndef PRIVACY_API_H
#define PRIVACY_API_H

#include "identity/v1/identity.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "privacy/v1/privacy.rpc.h"
#include "rules.h"

struct privacy {
    int names_days; /* the installation's */
};

enum { TRIES_MAX = 8 /* how often a change that lost a race decides again */ };

int export_my_data(struct ts_call *call, const Privacy__ExportMyDataRequest *request, Privacy__ExportReply *ret_reply);
int erase_my_data(struct ts_call *call, const Privacy__EraseMyDataRequest *request, Privacy__ErasureReply *ret_reply);
int export_person(struct ts_call *call, const Privacy__PersonRequest *request, Privacy__ExportReply *ret_reply);
int erase_person(struct ts_call *call, const Privacy__PersonRequest *request, Privacy__ErasureReply *ret_reply);
int set_retention(struct ts_call *call, const Privacy__SetRetentionRequest *request,
                  Privacy__SetRetentionReply *ret_reply);
int get_retentions(struct ts_call *call, const Privacy__OrganizerIdsRequest *request,
                   Privacy__GetRetentionsReply *ret_reply);

/*
 * document.c: what there is of whoever the addresses stand for, with his account (NULL: without one), in the orders of
 * an organizer (NULL: of all). Return: 0 and JSON in call->arena; a ts_error.
 */
int document_make(struct ts_call *call, const Identity__Person *account, Identity__PersonAddress *const *addresses,
                  size_t count, const char *organizer_id, char **ret_document);

/*
 * erasure.c. May he be erased from his orders? Return: 0; TS_REFUSED: of `path` one is still to come; a ts_error.
 */
int erasure_check(struct ts_call *call, const Privacy__Erasure *erasure, const char *path);

/* What was done under an address is to be erased, until now at the latest. */
void erasure_add_address(struct ts_call *call, Privacy__Erasure *erasure, const Identity__PersonAddress *address);

/* Note that he is to be erased; from here on it is done, whatever stops. Return: 0 and *ret_erasure; a ts_error. */
int erasure_begin(struct ts_call *call, const Privacy__Erasure *erasure, Privacy__Erasure **ret_erasure);
int erasure_continue(struct ts_call *call, const char *id);

/* round.c: the daily round; and see to it that it is made soon. Return: 0; a ts_error. */
int round_continue(struct ts_call *call, const char *id);
int round_hurry(struct ts_call *call);

/* The days after which an organizer's orders name nobody. */
int retention_days(struct ts_call *call, const char *organizer_id, int *ret_days, bool *ret_own);

#endif
