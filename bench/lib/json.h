/* json.h - writes one JSON object, on one line, into a buffer.
 *
 * Commas come by themselves. Every function takes the member's name; pass NULL inside an array and for the outermost
 * object. */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "buffer.h"
#include "histogram.h"

void json_begin(struct buffer *json, const char *name, char bracket); /* '{' or '[' */
void json_end(struct buffer *json, char bracket);                     /* '}' or ']' */
void json_integer(struct buffer *json, const char *name, uint64_t value);
void json_decimal(struct buffer *json, const char *name, double value, int digits);
void json_boolean(struct buffer *json, const char *name, bool value);

/* Octets above 0x7e are written as the Latin-1 characters they would be: any input gives valid JSON. */
void json_text(struct buffer *json, const char *name, const char *value);

/* {"n", "mean", "p50", "p90", "p99", "max"}, all but n in microseconds. */
void json_histogram(struct buffer *json, const char *name, const struct histogram *histogram);

/* Ends the line and writes all of it to a stream. */

void json_write_line(struct buffer *json, FILE *stream);

#endif
