/* smscsim_deliver.c - everything the simulator sends at a time of its own: delayed answers, receipts, messages from
 * mobiles.
 *
 * Receipts wait in one queue for each account, in the order in which they fall due; what must be repeated waits in a
 * second queue. A receipt belongs to the account (system_id), not to a session: after a reconnect it goes to the new
 * one. */
#include "smscsim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/template.h"

#define MOST_ATTEMPTS 5
#define RETRY_AFTER_US 1000000
#define LOOK_AGAIN_MS 100 /* when something is due and no session can take it */
#define LONGEST_WAIT_MS 1000
#define OUTPUT_LIMIT (1u << 20) /* octets waiting on a session at which no more deliver_sm are written */
#define DATE_SIZE 11            /* YYMMDDhhmm and NUL */

struct account {
    char system_id[SMPP_SYSTEM_ID_SIZE];
    struct ring receipts, repeated;
};

struct late_answer {
    uint64_t due_us, message_id;
    uint32_t place, generation, sequence, status;
};

static struct account *accounts;
static int account_count;
static struct ring repeated_mo = RING_OF(struct delivery);
static struct ring late_answers = RING_OF(struct late_answer);
static uint64_t mo_count, mo_next, mo_start_us;
static double mo_rate;

/* --- queues --- */

void format_message_id(char text[MESSAGE_ID_TEXT_SIZE], uint64_t message_id, const char *format)
{
    const char *pattern = !strcmp(format, "hex") ? "%llx" : "%llu";
    snprintf(text, MESSAGE_ID_TEXT_SIZE, pattern, (unsigned long long)message_id);
}

int account_of(const char *system_id)
{
    for (int account = 0; account < account_count; account++)
        if (!strcmp(accounts[account].system_id, system_id))
            return account;
    accounts = reallocate(accounts, (size_t)(account_count + 1) * sizeof *accounts);
    struct account *added = &accounts[account_count];
    *added = (struct account){.receipts = RING_OF(struct delivery), .repeated = RING_OF(struct delivery)};
    snprintf(added->system_id, sizeof added->system_id, "%s", system_id);
    return account_count++;
}

void queue_receipt(int account, const struct delivery *receipt)
{
    ring_push(&accounts[account].receipts, receipt);
}

void queue_answer(const struct session *session, uint32_t sequence, uint32_t status, uint64_t message_id,
                  uint64_t now_us)
{
    struct late_answer answer = {
        .due_us = now_us + (uint64_t)settings.response_delay_ms * 1000,
        .message_id = message_id,
        .place = (uint32_t)(session - sessions),
        .generation = session->generation,
        .sequence = sequence,
        .status = status,
    };
    ring_push(&late_answers, &answer);
}

void start_mobile_originated(uint64_t count, double rate)
{
    mo_count = count;
    mo_rate = rate;
    mo_next = mo_start_us = 0;
}

static void repeat(const struct session *session, struct delivery *delivery, uint64_t due_us)
{
    delivery->attempts++;
    delivery->due_us = due_us;
    ring_push(delivery->kind == DELIVERY_MO ? &repeated_mo : &accounts[session->account].repeated, delivery);
}

uint64_t deliveries_waiting(void)
{
    uint64_t waiting = repeated_mo.length;
    for (int account = 0; account < account_count; account++)
        waiting += accounts[account].receipts.length + accounts[account].repeated.length;
    return waiting;
}

/* --- answers to deliver_sm --- */

void delivery_answered(struct session *session, uint32_t sequence, uint32_t status)
{
    struct delivery **slot = session->in_flight ? &session->in_flight[sequence % DELIVER_SLOTS] : NULL;
    if (!slot || !*slot)
        return;
    struct delivery *delivery = *slot;
    *slot = NULL;
    session->unanswered_deliveries--;
    histogram_add(&counters.deliver_answer, monotonic_us() - delivery->sent_us);
    bool is_mo = delivery->kind == DELIVERY_MO;
    if (status == SMPP_ESME_ROK) {
        *(is_mo ? &counters.mo_acked : &counters.receipts_acked) += 1;
    } else {
        *(is_mo ? &counters.mo_nacked : &counters.receipts_nacked) += 1;
        if (!settings.no_nack_retry && delivery->attempts < MOST_ATTEMPTS)
            repeat(session, delivery, monotonic_us() + RETRY_AFTER_US);
    }
    free(delivery);
}

void requeue_unanswered(struct session *session)
{
    for (uint32_t slot = 0; slot < DELIVER_SLOTS; slot++) {
        if (session->in_flight[slot]) {
            repeat(session, session->in_flight[slot], 0);
            counters.deliver_requeued++;
            free(session->in_flight[slot]);
        }
    }
    free(session->in_flight);
    session->in_flight = NULL;
}

/* --- writing deliver_sm --- */

/* Formatting a date costs more than all the rest of a receipt, and thousands of receipts share the same two. */
static void format_date(char text[DATE_SIZE], time_t when)
{
    static struct {
        time_t when;
        char text[DATE_SIZE];
    } known[2];
    int place = (int)(when & 1);
    if (known[place].when != when) {
        strftime(known[place].text, DATE_SIZE, "%y%m%d%H%M", gmtime(&when));
        known[place].when = when;
    }
    memcpy(text, known[place].text, DATE_SIZE);
}

static void append_receipt(struct session *session, const struct delivery *receipt)
{
    char text[255], submitted[DATE_SIZE], done[DATE_SIZE];
    bool failed = chance(settings.bad_receipts_percent);
    struct smpp_message message = {
        .source = receipt->source,
        .destination = receipt->destination,
        .esm_class = SMPP_ESM_RECEIPT,
        .state = failed ? SMPP_STATE_UNDELIVERABLE : SMPP_STATE_DELIVERED,
        .text = (uint8_t *)text,
    };
    format_message_id(message.receipted_message_id, receipt->number, settings.receipt_ids);
    format_date(submitted, receipt->accepted_at);
    format_date(done, time(NULL));
    /* The usual layout of SMPP 3.4 appendix B. */
    message.text_length = (size_t)snprintf(
        text, sizeof text, "id:%s sub:001 dlvrd:%s submit date:%s done date:%s stat:%s err:%s text:%s",
        message.receipted_message_id, failed ? "000" : "001", submitted, done, failed ? "UNDELIV" : "DELIVRD",
        failed ? "001" : "000", receipt->text);
    smpp_append_message(&session->outgoing, SMPP_DELIVER_SM, session->next_sequence, &message);
    counters.receipts_sent++;
}

static const char *expanded(struct buffer *out, const char *template, const struct placeholder *placeholders)
{
    buffer_clear(out);
    expand_template(out, template, placeholders);
    buffer_append(out, "", 1);
    return (const char *)buffer_front(out);
}

static void append_mo(struct session *session, const struct delivery *delivery)
{
    static struct buffer source, destination, text;
    struct placeholder placeholders[] = {{"{n}", 8, delivery->number}, {"{us}", 1, monotonic_us()}, {NULL, 0, 0}};
    struct smpp_message message = {
        .source = expanded(&source, settings.mo_source, placeholders),
        .destination = expanded(&destination, settings.mo_destination, placeholders),
        .text = (const uint8_t *)expanded(&text, settings.mo_text, placeholders),
    };
    message.text_length = buffer_length(&text) - 1;
    smpp_append_message(&session->outgoing, SMPP_DELIVER_SM, session->next_sequence, &message);
    counters.mo_sent++;
}

static void send_delivery(struct session *session, const struct delivery *delivery)
{
    do /* a sequence number is 1..0x7fffffff, and its slot must be free */
        session->next_sequence = session->next_sequence % 0x7fffffff + 1;
    while (session->in_flight[session->next_sequence % DELIVER_SLOTS]);
    struct delivery *kept = allocate(1, sizeof *kept);
    *kept = *delivery;
    kept->sent_us = monotonic_us();
    session->in_flight[session->next_sequence % DELIVER_SLOTS] = kept;
    session->unanswered_deliveries++;
    if (kept->kind == DELIVERY_MO)
        append_mo(session, kept);
    else
        append_receipt(session, kept);
}

/* The next receiving session in turn that has room; `account` -1 means any. */
static struct session *receiving_session(int account)
{
    static int turn;
    for (int step = 0; step < sessions_high; step++) {
        struct session *session = &sessions[(turn + step) % sessions_high];
        if (session->in_use && session->in_flight && !session->closing && (account < 0 || session->account == account)
            && session->unanswered_deliveries < (uint32_t)settings.deliver_window
            && buffer_length(&session->outgoing) < OUTPUT_LIMIT) {
            turn = (int)(session - sessions) + 1;
            return session;
        }
    }
    return NULL;
}

/* --- what is due --- */

static int sooner(int wait_ms, int other_ms)
{
    return other_ms < wait_ms ? other_ms : wait_ms;
}

static int milliseconds_until(uint64_t due_us, uint64_t now_us)
{
    uint64_t wait = (due_us - now_us) / 1000 + 1;
    return wait < LONGEST_WAIT_MS ? (int)wait : LONGEST_WAIT_MS;
}

static int send_late_answers(uint64_t now_us)
{
    struct late_answer *answer;
    while ((answer = ring_front(&late_answers))) {
        if (answer->due_us > now_us)
            return milliseconds_until(answer->due_us, now_us);
        struct session *session = &sessions[answer->place];
        if (session->in_use && session->generation == answer->generation) {
            session->unanswered_submits--;
            session_answer_submit(session, answer->sequence, answer->status, answer->message_id);
        }
        ring_pop(&late_answers);
    }
    return LONGEST_WAIT_MS;
}

static int send_queue(struct ring *queue, int account, uint64_t now_us)
{
    struct delivery *delivery;
    while ((delivery = ring_front(queue))) {
        if (delivery->due_us > now_us)
            return milliseconds_until(delivery->due_us, now_us);
        struct session *session = receiving_session(account);
        if (!session)
            return LOOK_AGAIN_MS;
        send_delivery(session, delivery);
        ring_pop(queue);
    }
    return LONGEST_WAIT_MS;
}

/* The rate counts from the moment a session can take the first message. */
static int send_mobile_originated(uint64_t now_us)
{
    struct session *session = NULL;
    if (mo_next >= mo_count)
        return LONGEST_WAIT_MS;
    if (!mo_start_us && !receiving_session(-1))
        return LOOK_AGAIN_MS;
    if (!mo_start_us)
        mo_start_us = now_us;
    uint64_t due = due_by_rate(mo_rate, mo_start_us, mo_count);
    while (mo_next < due && (session = receiving_session(-1))) {
        struct delivery delivery = {.kind = DELIVERY_MO, .number = mo_next++};
        send_delivery(session, &delivery);
    }
    return 1;
}

int send_due(void)
{
    uint64_t now_us = monotonic_us();
    int wait_ms = send_late_answers(now_us);
    for (int account = 0; account < account_count; account++) {
        wait_ms = sooner(wait_ms, send_queue(&accounts[account].receipts, account, now_us));
        wait_ms = sooner(wait_ms, send_queue(&accounts[account].repeated, account, now_us));
    }
    wait_ms = sooner(wait_ms, send_queue(&repeated_mo, -1, now_us));
    wait_ms = sooner(wait_ms, send_mobile_originated(now_us));
    for (int place = 0; place < sessions_high; place++)
        if (sessions[place].in_use && buffer_length(&sessions[place].outgoing))
            session_flush(&sessions[place]);
    return wait_ms;
}
