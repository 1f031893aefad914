/* The handlers, for module.c: one per rpc of inventory.proto, spread over the api_*.c. */
#ifndef INVENTORY_API_H
#define INVENTORY_API_H

#include "catalog/v1/catalog.rpc.h"
#include "inventory/v1/inventory.rpc.h"
#include "rules.h"

int create_quota(struct ts_call *call, const Inventory__CreateQuotaRequest *request,
                 Inventory__CreateQuotaReply *ret_reply);
int update_quota(struct ts_call *call, const Inventory__UpdateQuotaRequest *request,
                 Inventory__UpdateQuotaReply *ret_reply);
int set_seat_plan(struct ts_call *call, const Inventory__SetSeatPlanRequest *request,
                  Inventory__SetSeatPlanReply *ret_reply);
int hold_tickets(struct ts_call *call, const Inventory__HoldTicketsRequest *request,
                 Inventory__HoldTicketsReply *ret_reply);
int release_hold(struct ts_call *call, const Inventory__ReleaseHoldRequest *request,
                 Inventory__ReleaseHoldReply *ret_reply);
int get_hold(struct ts_call *call, const Inventory__GetHoldRequest *request, Inventory__GetHoldReply *ret_reply);
int renew_hold(struct ts_call *call, const Inventory__RenewHoldRequest *request, Inventory__RenewHoldReply *ret_reply);
int get_quotas(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetQuotasReply *ret_reply);
int list_quotas(struct ts_call *call, const Inventory__ListQuotasRequest *request,
                Inventory__ListQuotasReply *ret_reply);
int list_date_quotas(struct ts_call *call, const Inventory__DateIdsRequest *request,
                     Inventory__ListDateQuotasReply *ret_reply);
int get_quota_counts(struct ts_call *call, const Inventory__IdsRequest *request,
                     Inventory__GetQuotaCountsReply *ret_reply);
int list_offers(struct ts_call *call, const Inventory__DateIdsRequest *request, Inventory__ListOffersReply *ret_reply);
int get_availability(struct ts_call *call, const Inventory__TypeIdsRequest *request,
                     Inventory__GetAvailabilityReply *ret_reply);
int get_holds(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetHoldsReply *ret_reply);
int list_date_seat_plans(struct ts_call *call, const Inventory__DateIdsRequest *request,
                         Inventory__ListDateSeatPlansReply *ret_reply);
int get_seat_plans(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetSeatPlansReply *ret_reply);
int get_seat_sections(struct ts_call *call, const Inventory__SeatsRequest *request,
                      Inventory__GetSeatSectionsReply *ret_reply);
int get_seat_rows(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetSeatRowsReply *ret_reply);
int get_seat_states(struct ts_call *call, const Inventory__SeatsRequest *request,
                    Inventory__GetSeatStatesReply *ret_reply);
int attach_ticket_type(struct ts_call *call, const Inventory__AttachTicketTypeRequest *request,
                       Inventory__AttachTicketTypeReply *ret_reply);
int read_hold(struct ts_call *call, const Inventory__ReadHoldRequest *request, Inventory__ReadHoldReply *ret_reply);
int keep_hold(struct ts_call *call, const Inventory__KeepHoldRequest *request, Inventory__HoldStateReply *ret_reply);
int sell_hold(struct ts_call *call, const Inventory__SellHoldRequest *request, Inventory__HoldStateReply *ret_reply);
int free_hold(struct ts_call *call, const Inventory__FreeHoldRequest *request, Inventory__HoldStateReply *ret_reply);
int hold_again(struct ts_call *call, const Inventory__HoldAgainRequest *request, Inventory__HoldStateReply *ret_reply);
int create_organizer_hold(struct ts_call *call, const Inventory__CreateOrganizerHoldRequest *request,
                          Inventory__OrganizerHoldReply *ret_reply);
int update_organizer_hold(struct ts_call *call, const Inventory__UpdateOrganizerHoldRequest *request,
                          Inventory__OrganizerHoldReply *ret_reply);
int release_organizer_hold(struct ts_call *call, const Inventory__ReleaseOrganizerHoldRequest *request,
                           Inventory__OrganizerHoldReply *ret_reply);
int get_organizer_holds(struct ts_call *call, const Inventory__IdsRequest *request,
                        Inventory__GetOrganizerHoldsReply *ret_reply);
int list_organizer_holds(struct ts_call *call, const Inventory__IdsRequest *request,
                         Inventory__ListOrganizerHoldsReply *ret_reply);
int hold_comps(struct ts_call *call, const Inventory__HoldCompsRequest *request, Inventory__HoldCompsReply *ret_reply);
int sweep_date(struct ts_call *call, const Inventory__SweepDateRequest *request, Inventory__SweepDateReply *ret_reply);

/* ---- shared by the handlers */

/* Refuse with the row of rules.h at `path` ("lines.0.quantity"; NULL: the whole input). Return: TS_REFUSED. */
int refuse(struct ts_call *call, enum refusal refusal, const char *path);

/* Say that the quota's counts have changed. */
void quota_publish(struct ts_call *call, const Inventory__Quota *quota);

/* The grant of an item that its organizer's staff may see, or NULL: by the parent's grant when there is one, else by
 * who asks. */
Common__Grant *staff_grant(struct ts_call *call, const Common__Grant *parent, const char *organizer_id,
                           const char *event_id);

/* Require one of these rights for an event (NULL: there is none). Return: as quota_require(). */
int event_require(struct ts_call *call, unsigned rights, const Catalog__Event *event);

/* Require the right to change a quota (NULL: there is none). Return: 0; TS_REFUSED; TS_EUNAUTHENTICATED or TS_EDENIED.
 */
int quota_require(struct ts_call *call, const Inventory__Quota *quota);

#endif
