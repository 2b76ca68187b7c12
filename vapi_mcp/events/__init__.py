"""Events that clients subscribe to: what is watched at Vapi, and the webhooks that tell it."""
