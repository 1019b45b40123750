"""Associations as the logs of other programs tell them: values and words in place of bytes."""
