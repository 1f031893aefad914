/* What a buyer was shown and agreed to, as it then stands in the order. */
#ifndef ORDERS_CONSENT_H
#define ORDERS_CONSENT_H

#include "orders/v1/orders.pb-c.h"
#include "tessera/call.h"

/* Is what the client wrote well formed? Each refusal is noted. Return: 0; TS_REFUSED. */
int consent_check(struct ts_call *call, const Orders__ConsentRequest *request);

/*
 * The snapshot, of the texts that the organizer shows now; NULL where nothing was said. Return: 0; TS_REFUSED: they
 * are not the ones that the buyer has seen; a ts_error.
 */
int consent_take(struct ts_call *call, const Orders__ConsentRequest *request, const char *organizer_id,
                 Orders__Consent **ret_consent);

#endif
