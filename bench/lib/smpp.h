/* smpp.h - as much of SMPP 3.4 as load tools need: framing, binds, and the body that submit_sm and deliver_sm share. */
#ifndef BENCH_SMPP_H
#define BENCH_SMPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* command_id, SMPP 3.4 §5.1.2.1. A response has the bit SMPP_RESPONSE. */
#define SMPP_BIND_RECEIVER 0x00000001u
#define SMPP_BIND_TRANSMITTER 0x00000002u
#define SMPP_SUBMIT_SM 0x00000004u
#define SMPP_DELIVER_SM 0x00000005u
#define SMPP_UNBIND 0x00000006u
#define SMPP_BIND_TRANSCEIVER 0x00000009u
#define SMPP_ENQUIRE_LINK 0x00000015u
#define SMPP_RESPONSE 0x80000000u
#define SMPP_GENERIC_NACK 0x80000000u

/* command_status, §5.1.3 */
#define SMPP_ESME_ROK 0x00u
#define SMPP_ESME_RINVMSGLEN 0x01u
#define SMPP_ESME_RINVCMDLEN 0x02u
#define SMPP_ESME_RINVCMDID 0x03u
#define SMPP_ESME_RINVBNDSTS 0x04u
#define SMPP_ESME_RALYBND 0x05u
#define SMPP_ESME_RSYSERR 0x08u
#define SMPP_ESME_RBINDFAIL 0x0du
#define SMPP_ESME_RINVPASWD 0x0eu
#define SMPP_ESME_RINVSYSID 0x0fu
#define SMPP_ESME_RTHROTTLED 0x58u

/* optional parameters, §5.3.2 */
#define SMPP_TAG_RECEIPTED_MESSAGE_ID 0x001eu
#define SMPP_TAG_SC_INTERFACE_VERSION 0x0210u
#define SMPP_TAG_MESSAGE_PAYLOAD 0x0424u
#define SMPP_TAG_MESSAGE_STATE 0x0427u

/* message_state, §5.2.28 */
#define SMPP_STATE_ENROUTE 1
#define SMPP_STATE_DELIVERED 2
#define SMPP_STATE_UNDELIVERABLE 5
#define SMPP_STATE_ACCEPTED 6

#define SMPP_VERSION 0x34
#define SMPP_CODING_UCS2 8
#define SMPP_ESM_RECEIPT 0x04      /* esm_class of a delivery receipt, §5.2.12 */
#define SMPP_ESM_KIND_MASK 0x3c    /* the bits that tell a receipt or an acknowledgement from a plain message */
#define SMPP_MESSAGE_ID_SIZE 65    /* with the final NUL */
#define SMPP_SYSTEM_ID_SIZE 16
#define SMPP_PASSWORD_SIZE 9
#define SMPP_ADDRESS_SIZE 21
#define SMPP_HEADER_SIZE 16

struct smpp_pdu {
    uint32_t command, status, sequence;
    const uint8_t *body;
    size_t body_length;
};

enum smpp_cut { SMPP_CUT_INCOMPLETE, SMPP_CUT_PDU, SMPP_CUT_BROKEN };

/* Takes the next PDU off the buffer; its body stays readable until something is appended. BROKEN: the length cannot be
 * right, so the stream is lost. */
enum smpp_cut smpp_cut_pdu(struct buffer *incoming, struct smpp_pdu *pdu);

void smpp_append_pdu(struct buffer *outgoing, uint32_t command, uint32_t status, uint32_t sequence, const void *body,
                     size_t body_length);

/* Reading a body field by field. After the first field that does not fit, `broken` is set and every further read gives
 * an empty result, so that one check at the end is enough. */
struct smpp_reader {
    const uint8_t *at, *end;
    bool broken;
};

struct smpp_reader smpp_read_body(const struct smpp_pdu *pdu);
const char *smpp_read_text(struct smpp_reader *reader, size_t most_octets); /* C-octet string; "" when broken */
uint8_t smpp_read_octet(struct smpp_reader *reader);

/* The body of submit_sm and deliver_sm, §4.4.1 and §4.6.1; fields that no tool uses are written as NULL octets. */
struct smpp_message {
    const char *source, *destination;
    uint8_t esm_class, registered_delivery, data_coding;
    const uint8_t *text; /* short_message, or message_payload when that is empty */
    size_t text_length;
    char receipted_message_id[SMPP_MESSAGE_ID_SIZE]; /* "" when absent */
    uint8_t state;                                   /* message_state, 0 when absent */
};

bool smpp_read_message(const struct smpp_pdu *pdu, struct smpp_message *message);

/* Addresses longer than 20 and texts longer than 254 octets are cut. */
void smpp_append_message(struct buffer *outgoing, uint32_t command, uint32_t sequence,
                         const struct smpp_message *message);
void smpp_append_bind(struct buffer *outgoing, uint32_t command, uint32_t sequence, const char *system_id,
                      const char *password);

#endif
