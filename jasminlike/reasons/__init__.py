"""The directory of delivery statuses and errors, in English, Russian and Chinese: what happened, and what to do."""
