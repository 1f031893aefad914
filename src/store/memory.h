/*
 * Documents in memory: what the crash store keeps them in. The same rules as SQLite's tables, by sorted lists: versions
 * by (id, version), entries of newest versions by (index, value, id). Where scans lag, the rules of MongoDB's heads: a
 * scan finds only what also stands where the document's head stands, a count counts heads.
 */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include "store/backend.h"

struct memory;

/* Who writes or reads, and when. */
struct memory_twin {
    unsigned number; /* from 1 on; 0: nobody's */
    int64_t now_ms;  /* INT64_MAX: its scans do not lag */
    int64_t lag_ms;  /* for so long the scans of others miss what it writes now */
};

struct memory *memory_new(void);
void memory_free(struct memory *memory);
/* The next twin's number. */
unsigned memory_twin_number(struct memory *memory);

/* Make room for a collection; one that is there already (by name) is kept, its indexes are built anew. */
int memory_add(struct memory *memory, const struct store_collection *collection);

/* Write one version, or find it in conflict: item->result. */
void memory_write(struct memory *memory, const struct memory_twin *twin, const struct store_stamp *stamp,
                  struct store_item *item);
/* Put one erased version and blank those before; item->version is 0 when there was none. */
void memory_erase(struct memory *memory, const struct memory_twin *twin, const struct store_stamp *stamp,
                  struct store_item *item);
/* Strip item->parts from all versions, after putting one without them if the newest had any. */
void memory_erase_parts(struct memory *memory, const struct memory_twin *twin, const struct store_stamp *stamp,
                        struct store_item *item);
/* Let go of what is old: STORE_DROP. */
void memory_drop(struct memory *memory, struct store_request *request);
/* Answer any request that reads. */
void memory_read(struct memory *memory, const struct memory_twin *twin, struct store_request *request);

#endif
