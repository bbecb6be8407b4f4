"""What the vendors were seen to send, read through the product's own clients."""
