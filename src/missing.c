/* Parts that are on their way: each definition goes when its owner lands. */
#include "tessera/err.h"
#include "tessera/idem.h"
#include "tessera/sign.h"

#define MISSING __attribute__((weak))

MISSING int ts_sign(struct ts_call *call, const void *bytes, size_t size, uint8_t ret_signature[TS_SIGNATURE_SIZE])
{
    (void)call, (void)bytes, (void)size, (void)ret_signature;
    return TS_EUNAVAILABLE;
}

MISSING bool ts_verify(struct ts_call *call, const void *bytes, size_t size, const uint8_t signature[TS_SIGNATURE_SIZE])
{
    (void)call, (void)bytes, (void)size, (void)signature;
    return false;
}

MISSING int ts_idem_find(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const char **ret_id)
{
    (void)call, (void)scope, (void)input, (void)ret_id;
    return TS_IDEM_NEW;
}

MISSING int ts_idem_refuse(struct ts_call *call, int outcome)
{
    (void)call, (void)outcome;
    return TS_REFUSED;
}

MISSING bool ts_idem_write(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const char *id,
                           struct ts_write *ret_write)
{
    (void)call, (void)scope, (void)input, (void)id, (void)ret_write;
    return false;
}
