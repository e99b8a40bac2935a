"""The sentiment of a message, by the words in it."""

import re

POSITIVE = frozenset(
    {
        "amazing",
        "easy",
        "excellent",
        "fast",
        "friendly",
        "good",
        "great",
        "happy",
        "helpful",
        "love",
    }
)
NEGATIVE = frozenset(
    {"angry", "awful", "bad", "broken", "confusing", "hate", "rude", "slow", "terrible", "useless"}
)


def analyze(message):
    """Give the item's attribute for the sentiment: positive, negative or neutral."""
    words = re.findall(r"[a-z]+", message.lower())
    balance = sum(word in POSITIVE for word in words) - sum(word in NEGATIVE for word in words)
    name = "positive" if balance > 0 else "negative" if balance < 0 else "neutral"
    return {"sentiment": {"S": name}}
