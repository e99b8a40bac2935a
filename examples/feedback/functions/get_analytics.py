"""GET /analytics: how much feedback there is, its average rating and its sentiment."""

import os

from service import answer, dynamodb, endpoint

SENTIMENTS = ("positive", "neutral", "negative")


@endpoint("get-analytics")
def handler(event, context):
    """Answer 200 with the totals; the average is null as long as there is no feedback."""
    reply = dynamodb().get_item(
        TableName=os.environ["ANALYTICS_TABLE_NAME"], Key={"aggregateId": {"S": "global"}}
    )
    item = reply.get("Item", {})
    total = number(item, "totalCount")
    body = {
        "totalFeedback": total,
        "averageRating": round(number(item, "sumRatings") / total, 1) if total else None,
        "sentiment": {name: number(item, f"{name}Count") for name in SENTIMENTS},
        "lastUpdated": item["lastUpdated"]["S"] if "lastUpdated" in item else None,
    }
    return answer(200, body)


def number(item, name):
    """Give a counter, 0 where nothing was counted yet."""
    return int(item.get(name, {"N": "0"})["N"])
