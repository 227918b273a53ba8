/* smppload_receipts.c - delivery receipts, matched with their messages by id.
 *
 * An id and its receipt may come in either order. Ids are compared as servers usually write them: without leading zeros
 * and in any case. The table is open-addressing and made large enough for a run at the start. */
#include "smppload.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/hash.h"

enum entry_kind { ENTRY_FREE, ENTRY_MESSAGE, ENTRY_EARLY_RECEIPT };

struct entry {
    uint64_t hash, place, receipt_us;
    enum entry_kind kind;
};

static struct entry *entries;
static uint64_t entry_mask, entries_used;

void receipts_prepare(uint64_t messages_expected)
{
    uint64_t places = 1024;
    while (places < messages_expected * 3)
        places *= 2;
    entries = allocate(places, sizeof *entries);
    entry_mask = places - 1;
}

static uint64_t hash_id(const char *id)
{
    char plain[SMPP_MESSAGE_ID_SIZE];
    size_t length = 0;
    while (id[0] == '0' && id[1])
        id++;
    for (; *id && length < sizeof plain - 1; id++)
        plain[length++] = (char)tolower((unsigned char)*id);
    plain[length] = 0;
    return hash_text(plain);
}

/* The entry of that id, made when there is none; NULL when foreign receipts have filled the table. */
static struct entry *entry_of(const char *message_id)
{
    uint64_t hash = hash_id(message_id), at = hash & entry_mask;
    while (entries[at].hash && entries[at].hash != hash)
        at = (at + 1) & entry_mask;
    if (!entries[at].hash) {
        if (entries_used + 1 >= entry_mask)
            return NULL;
        entries_used++;
        entries[at].hash = hash;
    }
    return &entries[at];
}

static void settle_receipt(uint64_t place, uint64_t receipt_us)
{
    struct message *message = &messages[place];
    if (message->has_receipt) {
        totals.double_receipts++;
        return;
    }
    message->has_receipt = true;
    totals.receipts++;
    totals.last_receipt_us = receipt_us;
    histogram_add(&totals.receipt, receipt_us > message->sent_us ? receipt_us - message->sent_us : 0);
}

void receipt_expect(const char *message_id, uint64_t place)
{
    struct entry *entry = entry_of(message_id);
    if (!entry)
        return;
    bool came_early = entry->kind == ENTRY_EARLY_RECEIPT;
    entry->kind = ENTRY_MESSAGE;
    entry->place = place;
    if (came_early) {
        totals.unmatched_receipts--;
        settle_receipt(place, entry->receipt_us);
    }
}

static void count_final_receipt(const char *message_id)
{
    uint64_t now_us = monotonic_us();
    struct entry *entry = entry_of(message_id);
    if (!entry || entry->kind == ENTRY_FREE) {
        totals.unmatched_receipts++;
        if (entry) {
            entry->kind = ENTRY_EARLY_RECEIPT;
            entry->receipt_us = now_us;
        }
    } else if (entry->kind == ENTRY_EARLY_RECEIPT) {
        totals.double_receipts++;
    } else {
        settle_receipt(entry->place, now_us);
    }
}

/* The value of `key` in the usual text of a receipt (SMPP 3.4 appendix B), up to the next blank; "" when missing. */
static void receipt_field(const char *text, const char *key, char *value, size_t size)
{
    const char *found = strstr(text, key);
    size_t length = 0;
    if (found)
        for (found += strlen(key); found[length] && found[length] != ' ' && length < size - 1; length++)
            value[length] = found[length];
    value[length] = 0;
}

void receipt_arrived(const struct smpp_message *message)
{
    char text[256], id[SMPP_MESSAGE_ID_SIZE], state[16];
    size_t length = message->text_length < sizeof text - 1 ? message->text_length : sizeof text - 1;
    memcpy(text, message->text, length);
    text[length] = 0;
    receipt_field(text, "stat:", state, sizeof state);
    snprintf(id, sizeof id, "%s", message->receipted_message_id);
    if (!*id)
        receipt_field(text, "id:", id, sizeof id);
    bool on_the_way = message->state ? message->state == SMPP_STATE_ENROUTE || message->state == SMPP_STATE_ACCEPTED
                                     : !strcmp(state, "ENROUTE") || !strcmp(state, "ACCEPTD");
    if (on_the_way) {
        totals.intermediate_receipts++;
        return;
    }
    if (*state && strcmp(state, "DELIVRD"))
        totals.not_delivered++;
    count_final_receipt(id);
}
