/* smpp.c - see smpp.h. */
#include "smpp.h"

#include <string.h>

#define LARGEST_PDU 70000u    /* message_payload may hold 65,535 octets */
#define LARGEST_MESSAGE 512u  /* what smpp_append_message can need */
#define LARGEST_TEXT 254u     /* octets of short_message */
#define SERVICE_TYPE_SIZE 6
#define TIME_SIZE 17
#define TON_INTERNATIONAL 1
#define NPI_ISDN 1

static uint32_t get_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static void put_header(uint8_t *at, uint32_t length, uint32_t command, uint32_t status, uint32_t sequence)
{
    put_32(at, length);
    put_32(at + 4, command);
    put_32(at + 8, status);
    put_32(at + 12, sequence);
}

enum smpp_cut smpp_cut_pdu(struct buffer *incoming, struct smpp_pdu *pdu)
{
    if (buffer_length(incoming) < SMPP_HEADER_SIZE)
        return SMPP_CUT_INCOMPLETE;
    const uint8_t *header = buffer_front(incoming);
    uint32_t length = get_32(header);
    if (length < SMPP_HEADER_SIZE || length > LARGEST_PDU)
        return SMPP_CUT_BROKEN;
    if (buffer_length(incoming) < length)
        return SMPP_CUT_INCOMPLETE;
    pdu->command = get_32(header + 4);
    pdu->status = get_32(header + 8);
    pdu->sequence = get_32(header + 12);
    pdu->body = header + SMPP_HEADER_SIZE;
    pdu->body_length = length - SMPP_HEADER_SIZE;
    buffer_consume(incoming, length);
    return SMPP_CUT_PDU;
}

void smpp_append_pdu(struct buffer *outgoing, uint32_t command, uint32_t status, uint32_t sequence, const void *body,
                     size_t body_length)
{
    uint8_t *at = buffer_reserve(outgoing, SMPP_HEADER_SIZE + body_length);
    put_header(at, (uint32_t)(SMPP_HEADER_SIZE + body_length), command, status, sequence);
    if (body_length)
        memcpy(at + SMPP_HEADER_SIZE, body, body_length);
    outgoing->end += SMPP_HEADER_SIZE + body_length;
}

/* --- reading --- */

struct smpp_reader smpp_read_body(const struct smpp_pdu *pdu)
{
    return (struct smpp_reader){.at = pdu->body, .end = pdu->body + pdu->body_length};
}

static size_t left(const struct smpp_reader *reader)
{
    return reader->broken ? 0 : (size_t)(reader->end - reader->at);
}

const char *smpp_read_text(struct smpp_reader *reader, size_t most_octets)
{
    size_t room = left(reader) < most_octets ? left(reader) : most_octets;
    const uint8_t *zero = room ? memchr(reader->at, 0, room) : NULL;
    if (!zero) {
        reader->broken = true;
        return "";
    }
    const char *text = (const char *)reader->at;
    reader->at = zero + 1;
    return text;
}

static const uint8_t *read_octets(struct smpp_reader *reader, size_t length)
{
    if (left(reader) < length) {
        reader->broken = true;
        return NULL;
    }
    const uint8_t *octets = reader->at;
    reader->at += length;
    return octets;
}

uint8_t smpp_read_octet(struct smpp_reader *reader)
{
    const uint8_t *octet = read_octets(reader, 1);
    return octet ? *octet : 0;
}

static size_t read_16(struct smpp_reader *reader)
{
    const uint8_t *octets = read_octets(reader, 2);
    return octets ? (size_t)octets[0] << 8 | octets[1] : 0;
}

static void read_optional_parameters(struct smpp_reader *reader, struct smpp_message *message)
{
    while (left(reader)) {
        size_t tag = read_16(reader), length = read_16(reader);
        const uint8_t *value = read_octets(reader, length);
        if (reader->broken)
            return;
        if (tag == SMPP_TAG_MESSAGE_PAYLOAD && !message->text_length) {
            message->text = value;
            message->text_length = length;
        } else if (tag == SMPP_TAG_RECEIPTED_MESSAGE_ID && length <= SMPP_MESSAGE_ID_SIZE) {
            size_t kept = length < SMPP_MESSAGE_ID_SIZE ? length : SMPP_MESSAGE_ID_SIZE - 1;
            memcpy(message->receipted_message_id, value, kept);
            message->receipted_message_id[kept] = 0;
        } else if (tag == SMPP_TAG_MESSAGE_STATE && length == 1) {
            message->state = *value;
        }
    }
}

bool smpp_read_message(const struct smpp_pdu *pdu, struct smpp_message *message)
{
    struct smpp_reader reader = smpp_read_body(pdu);
    smpp_read_text(&reader, SERVICE_TYPE_SIZE);
    read_octets(&reader, 2); /* source_addr_ton, source_addr_npi */
    message->source = smpp_read_text(&reader, SMPP_ADDRESS_SIZE);
    read_octets(&reader, 2); /* dest_addr_ton, dest_addr_npi */
    message->destination = smpp_read_text(&reader, SMPP_ADDRESS_SIZE);
    message->esm_class = smpp_read_octet(&reader);
    read_octets(&reader, 2); /* protocol_id, priority_flag */
    smpp_read_text(&reader, TIME_SIZE);
    smpp_read_text(&reader, TIME_SIZE);
    message->registered_delivery = smpp_read_octet(&reader);
    read_octets(&reader, 1); /* replace_if_present_flag */
    message->data_coding = smpp_read_octet(&reader);
    read_octets(&reader, 1); /* sm_default_msg_id */
    message->text_length = smpp_read_octet(&reader);
    message->text = read_octets(&reader, message->text_length);
    message->receipted_message_id[0] = 0;
    message->state = 0;
    read_optional_parameters(&reader, message);
    return !reader.broken;
}

/* --- writing --- */

static uint8_t *put_text(uint8_t *at, const char *text, size_t size)
{
    size_t length = strnlen(text, size - 1);
    memcpy(at, text, length);
    at[length] = 0;
    return at + length + 1;
}

static uint8_t *put_address(uint8_t *at, const char *address)
{
    *at++ = TON_INTERNATIONAL;
    *at++ = NPI_ISDN;
    return put_text(at, address, SMPP_ADDRESS_SIZE);
}

static uint8_t *put_parameter(uint8_t *at, unsigned tag, const void *value, size_t length)
{
    *at++ = (uint8_t)(tag >> 8);
    *at++ = (uint8_t)tag;
    *at++ = (uint8_t)(length >> 8);
    *at++ = (uint8_t)length;
    memcpy(at, value, length);
    return at + length;
}

void smpp_append_message(struct buffer *outgoing, uint32_t command, uint32_t sequence,
                         const struct smpp_message *message)
{
    uint8_t *start = buffer_reserve(outgoing, LARGEST_MESSAGE), *at = start + SMPP_HEADER_SIZE;
    *at++ = 0; /* service_type */
    at = put_address(at, message->source);
    at = put_address(at, message->destination);
    *at++ = message->esm_class;
    memset(at, 0, 4); /* protocol_id, priority_flag, schedule_delivery_time, validity_period */
    at += 4;
    *at++ = message->registered_delivery;
    *at++ = 0; /* replace_if_present_flag */
    *at++ = message->data_coding;
    *at++ = 0; /* sm_default_msg_id */
    size_t length = message->text_length < LARGEST_TEXT ? message->text_length : LARGEST_TEXT;
    *at++ = (uint8_t)length;
    memcpy(at, message->text, length);
    at += length;
    if (message->receipted_message_id[0])
        at = put_parameter(at, SMPP_TAG_RECEIPTED_MESSAGE_ID, message->receipted_message_id,
                           strlen(message->receipted_message_id) + 1);
    if (message->state)
        at = put_parameter(at, SMPP_TAG_MESSAGE_STATE, &message->state, 1);
    put_header(start, (uint32_t)(at - start), command, SMPP_ESME_ROK, sequence);
    outgoing->end += (size_t)(at - start);
}

void smpp_append_bind(struct buffer *outgoing, uint32_t command, uint32_t sequence, const char *system_id,
                      const char *password)
{
    uint8_t body[64], *at = body;
    at = put_text(at, system_id, SMPP_SYSTEM_ID_SIZE);
    at = put_text(at, password, SMPP_PASSWORD_SIZE);
    *at++ = 0; /* system_type */
    *at++ = SMPP_VERSION;
    memset(at, 0, 3); /* addr_ton, addr_npi, address_range */
    at += 3;
    smpp_append_pdu(outgoing, command, SMPP_ESME_ROK, sequence, body, (size_t)(at - body));
}
