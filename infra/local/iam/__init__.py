"""IAM as the embedded account enforces it: who signed a request, and may they do it.

Every request that arrives over HTTP passes the guard. What moto does inside itself is not
asked: CloudFormation creates resources in process, so a stack needs no permission of its
caller beyond the call itself and the role it passes. Session credentials do not lapse, and
resource policies (of buckets, topics, queues, functions) grant nothing and deny nothing.
"""
