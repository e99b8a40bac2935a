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
    """Give the item's attributes for the sentiment and its score, from -1 to 1."""
    words = re.findall(r"[a-z]+", message.lower())
    good = sum(word in POSITIVE for word in words)
    bad = sum(word in NEGATIVE for word in words)
    score = round((good - bad) / (good + bad), 2)
    name = "positive" if score > 0 else "negative" if score < 0 else "neutral"
    return {"sentiment": {"S": name}, "sentimentScore": {"N": str(score)}}
