#ifndef AUDIT_API_H
#define AUDIT_API_H

#include "audit/v1/audit.rpc.h"

int list_audit(struct ts_call *call, const Audit__ListAuditRequest *request, Audit__ListAuditReply *ret_reply);

#endif
