/* Two processes on one store, whose scans do not find for long what the other wrote: what one was told, both know. */
#include "../inventory/rig.h"
#include "host/modules.h"
#include "identity/v1/identity.rpc.h"
#include "tessera/limits.h"

enum { LAG_MS = 10 * TS_DAY_MS };

struct pair {
    struct rig *rig, *twin;
    struct ts_call other; /* the twin's */
};

static void on_pair(void (*body)(struct ts_call *call, void *data))
{
    struct pair pair = { .rig = rig_new_of(1, ts_modules) };

    pair.twin = rig_twin(pair.rig, 2);
    rig_lag(pair.rig, LAG_MS);
    rig_lag(pair.twin, LAG_MS);
    rig_run(pair.rig, body, &pair);
    rig_free(pair.twin);
    rig_free(pair.rig);
}

static void pair_new_device(struct ts_call *call, void *data)
{
    struct pair *pair = data;
    struct shop shop = shop_open(call);
    Identity__CreateDeviceRequest create = IDENTITY__CREATE_DEVICE_REQUEST__INIT;
    Identity__PairDeviceRequest request = IDENTITY__PAIR_DEVICE_REQUEST__INIT;
    const Identity__MachineReply *reply;

    pair->other = twin_call(call, pair->twin);
    create.organizer_id = shop.organizer;
    create.name = "Door";
    assert_int_equal(identity_create_device(call, &create, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    request.code = reply->pairing_code;
    as_buyer(&pair->other);
    assert_int_equal(identity_pair_device(&pair->other, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_non_null(reply->token);
}

static void pair_device__knows_one_that_another_process_made(void **state)
{
    (void)state;
    on_pair(pair_new_device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_device__knows_one_that_another_process_made),
    };

    return cmocka_run_group_tests_name("modules/identity/twins", tests, NULL, NULL);
}
