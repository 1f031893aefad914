/*
 * A slot is asked (requests are under way), idle, or unsure: its requests ended and nothing was heard, and the word
 * that nobody serves them may still come, which would be taken for the next ones'. A server takes our messages one
 * after the other and says that word at once; so when a later one has an answer, it has been said, and is thrown away.
 * An answer that comes too late is known by its id. (A subject for each would tell as much, but a server remembers whom
 * a subject goes to, and looks up each new one at length.)
 */
#include "bus/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/head.h"
#include "tessera/memory.h"

enum { SLOT_SUBJECT_SIZE = INBOX_SUBJECT_SIZE + 64 };

struct inbox_slot {
    struct list link;
    natsSubscription *subscription;
    void *asker;
    uint64_t number; /* of what was asked, in the order of sending */
    bool heard;      /* an answer, or that nobody serves it */
    char subject[SLOT_SUBJECT_SIZE];
};

static struct inbox_slot *slot_new(struct inbox *inbox)
{
    struct inbox_slot *slot;

    if (inbox->count == INBOX_SLOTS_MAX)
        return NULL;
    slot = ts_memory_new(1, sizeof(*slot));
    list_init(&slot->link);
    (void)snprintf(slot->subject, sizeof(slot->subject), "%s.%u", inbox->prefix, inbox->count);
    if (natsConnection_SubscribeSync(&slot->subscription, inbox->connection, slot->subject) != NATS_OK) {
        ts_memory_free(slot);
        return NULL;
    }
    inbox->count++;
    return slot;
}

natsStatus inbox_open(struct inbox *inbox, natsConnection *connection, const char *name)
{
    natsInbox *word = NULL;
    natsStatus s = natsInbox_Create(&word);
    struct inbox_slot *slot;

    inbox->connection = connection;
    list_init(&inbox->asked);
    list_init(&inbox->unsure);
    list_init(&inbox->idle);
    if (s == NATS_OK)
        (void)snprintf(inbox->prefix, sizeof(inbox->prefix), "_INBOX.%s.%s", name, strrchr(word, '.') + 1);
    natsInbox_Destroy(word);
    slot = s == NATS_OK ? slot_new(inbox) : NULL;
    if (slot)
        list_add_end(&inbox->idle, &slot->link);
    return slot ? NATS_OK : s == NATS_OK ? NATS_ERR : s;
}

static void slots_free(struct list *slots)
{
    for (struct list *link = list_take_first(slots); link; link = list_take_first(slots)) {
        struct inbox_slot *slot = container_of(link, struct inbox_slot, link);

        natsSubscription_Destroy(slot->subscription);
        ts_memory_free(slot);
    }
}

void inbox_close(struct inbox *inbox)
{
    if (!inbox->connection)
        return;
    slots_free(&inbox->asked);
    slots_free(&inbox->unsure);
    slots_free(&inbox->idle);
}

static bool is_answer(const struct inbox_slot *slot, natsMsg *message)
{
    struct head_parts parts;
    struct head_id id;

    return head_split(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message), &parts) &&
           head_read_id(&parts, &id) && id.message == slot->number;
}

/* The next message of the slot, what is not its requests' thrown away. Return: false when there is none (yet). */
static bool slot_read(struct inbox_slot *slot, natsMsg **ret_message)
{
    natsStatus s = NATS_TIMEOUT;
    uint64_t queued = 0;

    (void)natsSubscription_QueuedMsgs(slot->subscription,
                                      &queued); /* that there is none NextMsg says in words, at length */
    while (queued-- && (s = natsSubscription_NextMsg(ret_message, slot->subscription, 0)) == NATS_OK) {
        if (is_answer(slot, *ret_message))
            return true;
        natsMsg_Destroy(*ret_message);
        s = NATS_TIMEOUT;
    }
    *ret_message = NULL;
    return s == NATS_NO_RESPONDERS;
}

/* Which of the unsure can be used again, now that later ones have an answer. */
static void unsure_settle(struct inbox *inbox)
{
    LIST_EACH (link, &inbox->unsure) {
        struct inbox_slot *slot = container_of(link, struct inbox_slot, link);
        natsMsg *message;

        if (slot->number >= inbox->answered)
            continue;
        while (slot_read(slot, &message))
            natsMsg_Destroy(message);
        list_remove(link);
        list_add_end(&inbox->idle, link);
    }
}

struct inbox_slot *inbox_ask(struct inbox *inbox, void *asker)
{
    struct list *idle = list_take_first(&inbox->idle);
    struct inbox_slot *slot = idle ? container_of(idle, struct inbox_slot, link) : slot_new(inbox);

    if (!slot)
        return NULL;
    slot->asker = asker;
    slot->number = ++inbox->last;
    slot->heard = false;
    list_add_end(&inbox->asked, &slot->link);
    return slot;
}

const char *inbox_subject(const struct inbox_slot *slot)
{
    return slot->subject;
}

uint64_t inbox_number(const struct inbox_slot *slot)
{
    return slot->number;
}

void inbox_end(struct inbox *inbox, struct inbox_slot *slot)
{
    list_remove(&slot->link);
    list_add_end(slot->heard ? &inbox->idle : &inbox->unsure, &slot->link);
}

/* Who asked first is answered first, mostly: so few are looked at in vain. */
void inbox_read(struct inbox *inbox, uint64_t count, void (*answer)(void *data, void *asker, natsMsg *message),
                void *data)
{
    LIST_EACH (link, &inbox->asked) {
        struct inbox_slot *slot = container_of(link, struct inbox_slot, link);
        natsMsg *message;

        while (count && slot_read(slot, &message)) {
            count--;
            if (slot->number > inbox->answered)
                inbox->answered = slot->number;
            slot->heard = true;
            answer(data, slot->asker, message);
        }
        if (count == 0)
            break;
    }
    if (!list_is_empty(&inbox->unsure))
        unsure_settle(inbox);
}
