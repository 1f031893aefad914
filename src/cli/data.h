/* The data folder: the store, the keys, the lock that keeps a second server out, the control socket. */
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"
#include "gateway/session.h"

enum {
    DATA_FOLDER_SIZE = 448,
    DATA_PATH_SIZE = DATA_FOLDER_SIZE + 64, /* of a file in the folder */
    OWNER_TOKEN_MADE_SIZE = 33,
};

struct data {
    char path[DATA_FOLDER_SIZE];
    int lock_fd;
    bool ephemeral;
};

/*
 * Make the folder if need be (0700) and take its lock. `path` NULL: a temporary one that data_close() removes.
 * Return: 0; TS_EPRECONDITION when a server runs on it; TS_EUNAVAILABLE; both with a line in *ret_problem.
 */
int data_open(struct data *data, const char *path, struct buf *ret_problem);
void data_close(struct data *data);

/* "<folder>/<name>" in `buffer`. Return: buffer. */
char *data_path(const struct data *data, const char *name, char buffer[DATA_PATH_SIZE]);

/* The store's file as serve chooses it: `store` is --store or NULL. Return: in `buffer`, or in `store`. */
const char *data_store_path(const char *folder, const char *store, char buffer[DATA_PATH_SIZE]);

/*
 * Whose server this is: the token given (NULL: none), else the one of the first start, else a new one, whose text is
 * then in `made` ("" otherwise): the only time that it can be shown, for the folder keeps only its digest.
 * Return: 0; TS_EINVALID for a token that may not be one; TS_EUNAVAILABLE.
 */
int data_owner(const struct data *data, const char *given, struct owner *ret_owner, char made[OWNER_TOKEN_MADE_SIZE],
               struct buf *ret_problem);

#endif
