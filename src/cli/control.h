/*
 * The control socket: how a command reaches the server that owns the data folder. HTTP over <data>/control.sock, which
 * only the folder's owner can open; so who speaks there is the owner, without a token:
 *     POST /backup {"path": "/absolute/file"}      POST /graphql as in public
 *     POST /import {"path": "/absolute/page", …} as in cli/import.h
 */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include "base/buf.h"

#define CONTROL_SOCKET "control.sock"

/*
 * Ask the server whose data folder is `folder`; `body` is JSON.
 * Return: the HTTP status and the answer's body in *ret_body; 0 when no server runs there; TS_EUNAVAILABLE when it
 * broke off.
 */
int control_post(const char *folder, const char *path, const struct buf *body, struct buf *ret_body);

#endif
