"""Resource types that carry messages: topics, subscriptions and queues."""

from typing import Any

from infra.local.cloudformation.kinds import (
    Kind,
    Made,
    Policy,
    Resource,
    tag_list,
    tag_map,
    without,
)


class Topic(Kind):
    """AWS::SNS::Topic."""

    service = "sns"
    name_property = "TopicName"
    replaced_by = frozenset({"FifoTopic"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the topic."""
        attributes = without(properties, "TopicName", "Subscription", "Tags")
        topic = self.call(
            "create_topic", Name=name, Attributes=attributes, Tags=tag_list(properties)
        )
        arn = topic["TopicArn"]
        return Made(arn, {"TopicArn": arn, "TopicName": name})

    def settle(self, resource: Resource) -> None:
        """Make the subscriptions that stand in the topic."""
        for subscription in resource.properties.get("Subscription", []):
            self.call("subscribe", TopicArn=resource.physical_resource_id, **subscription)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the attributes that changed, and the subscriptions."""
        arn = resource.physical_resource_id
        for name, value in without(properties, "TopicName", "Subscription", "Tags").items():
            if value != resource.properties.get(name):
                self.call(
                    "set_topic_attributes", TopicArn=arn, AttributeName=name, AttributeValue=value
                )
        before = resource.properties.get("Subscription", [])
        for subscription in properties.get("Subscription", []):
            if subscription not in before:
                self.call("subscribe", TopicArn=arn, **subscription)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the topic with its subscriptions."""
        self.call("delete_topic", TopicArn=resource.physical_resource_id)


class Subscription(Kind):
    """AWS::SNS::Subscription."""

    service = "sns"
    replaced_by = frozenset({"TopicArn", "Protocol", "Endpoint"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Subscribe the endpoint."""
        target = {key: properties.get(key) for key in ("TopicArn", "Protocol", "Endpoint")}
        settings = without(properties, *target, "Region")
        made = self.call("subscribe", **target, Attributes=settings, ReturnSubscriptionArn=True)
        return Made(made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the attributes that changed."""
        for name, value in without(properties, *self.replaced_by, "Region").items():
            if value != resource.properties.get(name):
                self.call(
                    "set_subscription_attributes",
                    SubscriptionArn=resource.physical_resource_id,
                    AttributeName=name,
                    AttributeValue=value,
                )
        return resource.made

    def delete(self, resource: Resource) -> None:
        """End the subscription."""
        self.call("unsubscribe", SubscriptionArn=resource.physical_resource_id)


class TopicPolicy(Policy):
    """AWS::SNS::TopicPolicy."""

    service = "sns"
    holders = "Topics"

    def set_policy(self, holder: str, document: dict[str, Any] | None) -> None:
        """Set a topic's policy; the default one cannot be had back by the API."""
        if document is not None:
            self.call(
                "set_topic_attributes",
                TopicArn=holder,
                AttributeName="Policy",
                AttributeValue=document,
            )


# What an attribute becomes that the template no longer names (SQS API, SetQueueAttributes).
QUEUE_DEFAULTS = {
    "DelaySeconds": 0,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedrivePolicy": "",
    "VisibilityTimeout": 30,
}


class Queue(Kind):
    """AWS::SQS::Queue."""

    service = "sqs"
    name_property = "QueueName"
    replaced_by = frozenset({"FifoQueue"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the queue."""
        attributes = without(properties, "QueueName", "Tags")
        made = self.call(
            "create_queue", QueueName=name, Attributes=attributes, tags=tag_map(properties)
        )
        url = made["QueueUrl"]
        arn = self.aws.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return Made(url, {"Arn": arn["Attributes"]["QueueArn"], "QueueName": name, "QueueUrl": url})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the queue's attributes."""
        gone = resource.properties.keys() - properties.keys()
        attributes = {name: QUEUE_DEFAULTS[name] for name in gone & QUEUE_DEFAULTS.keys()}
        attributes |= without(properties, "QueueName", "Tags", *self.replaced_by)
        url = resource.physical_resource_id
        self.call("set_queue_attributes", QueueUrl=url, Attributes=attributes)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the queue with its messages."""
        self.call("delete_queue", QueueUrl=resource.physical_resource_id)


class QueuePolicy(Policy):
    """AWS::SQS::QueuePolicy."""

    service = "sqs"
    holders = "Queues"

    def set_policy(self, holder: str, document: dict[str, Any] | None) -> None:
        """Set or take off a queue's policy."""
        policy = {"Policy": document if document is not None else ""}
        self.call("set_queue_attributes", QueueUrl=holder, Attributes=policy)


TYPES: dict[str, type[Kind]] = {
    "AWS::SNS::Topic": Topic,
    "AWS::SNS::Subscription": Subscription,
    "AWS::SNS::TopicPolicy": TopicPolicy,
    "AWS::SQS::Queue": Queue,
    "AWS::SQS::QueuePolicy": QueuePolicy,
}
