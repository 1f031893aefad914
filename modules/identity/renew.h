/*
 * Claims of addresses and provider identities stand under MACs by the installation's secret. In a store of before they
 * stood under bare digests, which whoever has a copy can compare with guesses; and a folder that lost its keys.pem has
 * another secret. So before anybody is served, all addresses that accounts had are claimed under the secret that is
 * there now: until that is done, and noted, nobody claims one. It may stop anywhere and begin again.
 *
 * What another process claims under another secret meanwhile would be found by neither. So where several share the
 * store, one whose secret is another does not start; and none of a version that claimed by digests may run any more.
 */
#ifndef IDENTITY_RENEW_H
#define IDENTITY_RENEW_H

#include "tessera/call.h"

/* Return: 0, all claims are under our secret; TS_EINVALID and words; a ts_error. */
int renew_claims(struct ts_call *call);

/*
 * The same of who somebody is to providers, where only the digest is known: not after a loss. A backup of before brings
 * back what was unlinked since, but nobody who was erased. Return: 0; a ts_error.
 */
int renew_identities(struct ts_call *call);

#endif
