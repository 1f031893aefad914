/* Two processes on one store, whose scans do not find for long what the other wrote: what one was told, both know. */
#include "../inventory/rig.h"
#include "host/modules.h"
#include "identity/v1/identity.rpc.h"
#include "tessera/limits.h"

enum { LAG_MS = 10 * TS_DAY_MS };

static void pair_new_device(struct ts_call *call, struct ts_call *other)
{
    struct shop shop = shop_open(call);
    Identity__CreateDeviceRequest create = IDENTITY__CREATE_DEVICE_REQUEST__INIT;
    Identity__PairDeviceRequest request = IDENTITY__PAIR_DEVICE_REQUEST__INIT;
    const Identity__MachineReply *reply;

    create.organizer_id = shop.organizer;
    create.name = "Door";
    assert_int_equal(identity_create_device(call, &create, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    request.code = reply->pairing_code;
    as_buyer(other);
    assert_int_equal(identity_pair_device(other, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_non_null(reply->token);
}

static void pair_device__knows_one_that_another_process_made(void **state)
{
    (void)state;
    rig_run_pair(ts_modules, LAG_MS, pair_new_device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_device__knows_one_that_another_process_made),
    };

    return cmocka_run_group_tests_name("modules/identity/twins", tests, NULL, NULL);
}
