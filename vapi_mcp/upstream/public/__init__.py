"""What is sent to, or read from, addresses that anybody may have named."""
