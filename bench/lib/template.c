/* template.c - see template.h. */
#include "template.h"

#include <string.h>

static const struct placeholder *placeholder_at(const char *text, const struct placeholder *placeholders)
{
    for (; placeholders->name; placeholders++)
        if (!strncmp(text, placeholders->name, strlen(placeholders->name)))
            return placeholders;
    return NULL;
}

void expand_template(struct buffer *out, const char *text, const struct placeholder *placeholders)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        buffer_append(out, text, plain);
        text += plain;
        if (!*text)
            break;
        const struct placeholder *found = placeholder_at(text, placeholders);
        if (found) {
            buffer_print(out, "%0*llu", found->digits, (unsigned long long)found->value);
            text += strlen(found->name);
        } else {
            buffer_append(out, text++, 1);
        }
    }
}
