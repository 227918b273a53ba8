"""Texts as octets: alphabets, what a data_coding means, splitting into parts and joining them again. Pure."""
