/* The module's state. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include "tessera/log.h"

enum { DOOR_RESULTS = 11 }; /* of door.v1.CheckInResult */

struct door {
    struct ts_metric *check_ins[DOOR_RESULTS]; /* recorded, by result */
};

#endif
