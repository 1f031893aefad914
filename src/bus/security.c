#include "bus/security.h"

#include <stdio.h>

#include "base/bucket.h"
#include "loop/runtime.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/memory.h"

/* event.action, event.category and event.outcome of ECS. */
static const struct {
    const char *action, *category;
    bool is_failure;
} rows[TS_SECURITY_EVENTS] = {
    [TS_SECURITY_SIGNED_IN] = { "signed-in", "authentication", false },
    [TS_SECURITY_SIGN_IN_REFUSED] = { "sign-in-refused", "authentication", true },
    [TS_SECURITY_CODE_REFUSED] = { "code-refused", "authentication", true },
    [TS_SECURITY_PAIRING_REFUSED] = { "pairing-refused", "authentication", true },
    [TS_SECURITY_LINK_REFUSED] = { "link-refused", "authentication", true },
    [TS_SECURITY_TOKEN_REFUSED] = { "token-refused", "authentication", true },
    [TS_SECURITY_REFRESH_REUSED] = { "refresh-token-reused", "intrusion_detection", true },
    [TS_SECURITY_SESSION_ENDED] = { "session-ended", "session", false },
    [TS_SECURITY_ACCOUNT_MADE] = { "account-made", "iam", false },
    [TS_SECURITY_PASSWORD_CHANGED] = { "password-changed", "iam", false },
    [TS_SECURITY_EMAIL_CHANGED] = { "email-changed", "iam", false },
    [TS_SECURITY_FACTOR_CHANGED] = { "second-factor-changed", "iam", false },
    [TS_SECURITY_PASSKEY_ADDED] = { "passkey-added", "iam", false },
    [TS_SECURITY_PASSKEY_REMOVED] = { "passkey-removed", "iam", false },
    [TS_SECURITY_PASSKEY_USED] = { "passkey-used", "authentication", false },
    [TS_SECURITY_PASSKEY_REFUSED] = { "passkey-refused", "authentication", true },
    [TS_SECURITY_PROVIDER_LINKED] = { "provider-linked", "iam", false },
    [TS_SECURITY_PROVIDER_UNLINKED] = { "provider-unlinked", "iam", false },
    [TS_SECURITY_PROVIDER_USED] = { "provider-used", "authentication", false },
    [TS_SECURITY_PROVIDER_REFUSED] = { "provider-refused", "authentication", true },
    [TS_SECURITY_PROVIDER_MADE] = { "provider-made", "iam", false },
    [TS_SECURITY_PROVIDER_CHANGED] = { "provider-changed", "iam", false },
    [TS_SECURITY_PROVIDER_REMOVED] = { "provider-removed", "iam", false },
    [TS_SECURITY_KEY_MADE] = { "key-made", "iam", false },
    [TS_SECURITY_KEY_REVOKED] = { "key-revoked", "iam", false },
    [TS_SECURITY_DEVICE_PAIRED] = { "device-paired", "iam", false },
    [TS_SECURITY_DEVICE_REVOKED] = { "device-revoked", "iam", false },
    [TS_SECURITY_RIGHTS_CHANGED] = { "rights-changed", "iam", false },
    [TS_SECURITY_ACCESS_DENIED] = { "access-denied", "iam", true },
    [TS_SECURITY_WEBHOOK_REFUSED] = { "webhook-refused", "intrusion_detection", true },
    [TS_SECURITY_RATE_LIMITED] = { "rate-limited", "intrusion_detection", true },
};

/* Of each event by itself, so that a flood of one hides no other; all are counted. */
static const struct pace lines = { .burst = 200, .pause_us = 100000 };

struct security {
    struct ts_metric *counts[TS_SECURITY_EVENTS];
    int64_t paid_until_us[TS_SECURITY_EVENTS];
};

struct security *security_new(struct ts_runtime *runtime)
{
    struct security *security = ts_memory_new(1, sizeof(*security));
    char labels[64];

    for (size_t i = 0; i < TS_SECURITY_EVENTS && runtime->metrics; i++) {
        (void)snprintf(labels, sizeof(labels), "event=\"%s\"", rows[i].action); /* it fits */
        security->counts[i] = metrics_get(runtime->metrics, TS_METRIC_COUNTER, "tessera_security_events_total", labels,
                                          "Who came in, who was kept out, who may do what.");
    }
    return security;
}

void security_free(struct security *security)
{
    ts_memory_free(security);
}

static bool has_line(struct ts_call *call, enum ts_security_event event)
{
    return pace_take(&call->runtime->security->paid_until_us[event], &lines, ts_now_ms(call) * 1000) == 0;
}

void ts_security(struct ts_call *call, enum ts_security_event event, const char *subject)
{
    const struct security *security = call->runtime->security;
    struct log *log = call->runtime->log;

    if (security && security->counts[event])
        ts_metric_add(security->counts[event], 1);
    if (!security || !log || !has_line(call, event) || !log_begin(log, TS_LOG_INFO, rows[event].action, "security"))
        return;
    log_string(log, "event.kind", "event");
    log_string(log, "event.category", rows[event].category);
    log_string(log, "event.outcome", rows[event].is_failure ? "failure" : "success");
    log_string(log, "user.id", call->principal->id);
    log_string(log, "client.ip", call->address);
    log_string(log, "tessera.subject", subject);
    log_call(log, call);
    log_end(log);
}
