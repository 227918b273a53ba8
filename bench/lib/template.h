/* template.h - texts with placeholders such as {seq}, filled anew for every message. */
#ifndef BENCH_TEMPLATE_H
#define BENCH_TEMPLATE_H

#include <stdint.h>

#include "buffer.h"

struct placeholder {
    const char *name; /* with its braces */
    int digits;       /* least number of digits, filled up with zeros */
    uint64_t value;
};

/* Appends the text with every known placeholder replaced; `placeholders` ends with a row whose name is NULL. Braces
 * that belong to no placeholder stay as they are. */
void expand_template(struct buffer *out, const char *text, const struct placeholder *placeholders);

#endif
